import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ServerEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage } from "../../../proto/signaling/message_framing.ts";

/** Version of the signaling protocol. */
export const PROTOCOL_VERSION = 1;
/** The request id of a message that answers no request. */
export const EVENT_REQUEST_ID = 0;

/** An answer or event, as `{ case, value }`. */
export type ServerMessage = Exclude<
  NonNullable<MessageInitShape<typeof ServerEnvelopeSchema>["message"]>,
  { case: undefined }
>;

/**
 * `message` in its envelope behind its length, as it goes on the wire.
 *
 * @param epoch of the ownership of the meeting that speaks; 0 before the session belongs to one.
 * @throws {RangeError} when it is longer than a signaling message may be.
 */
export function encodeServerMessage(
  requestId: number,
  message: ServerMessage,
  epoch: bigint,
): Uint8Array<ArrayBuffer> {
  const envelope = create(ServerEnvelopeSchema, {
    version: PROTOCOL_VERSION,
    requestId,
    epoch,
    message,
  });
  return frameMessage(toBinary(ServerEnvelopeSchema, envelope));
}

/** An event of a meeting for any number of receivers: encoded once, the bytes are shared. */
export function encodeEvent(message: ServerMessage, epoch: bigint): Uint8Array<ArrayBuffer> {
  return encodeServerMessage(EVENT_REQUEST_ID, message, epoch);
}
