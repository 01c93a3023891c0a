import { fromBinary } from "@bufbuild/protobuf";
import {
  type ClientEnvelope,
  ClientEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { invalid } from "../meeting/refusal.ts";
import { PROTOCOL_VERSION } from "../meeting/server_message.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";

/** A request, as `{ case, value }`. */
export type ClientMessage = Exclude<ClientEnvelope["message"], { case: undefined }>;

/** One request of a client. */
export interface ClientRequest {
  readonly requestId: number;
  readonly message: ClientMessage;
  readonly call: MediaCallOptions;
}

/** The refusal of a message, with the number to answer it under. */
export interface UnreadableMessage {
  readonly requestId: number;
  readonly refusal: Error;
}

// W3C Trace Context, section 3.2, version 00.
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Reads one message; `lastRequestId` is the number of the request before it. Never throws. */
export function readClientMessage(
  bytes: Uint8Array,
  lastRequestId: number,
): ClientRequest | UnreadableMessage {
  let envelope: ClientEnvelope;
  try {
    envelope = fromBinary(ClientEnvelopeSchema, bytes, { readUnknownFields: false });
  } catch {
    return { requestId: 0, refusal: invalid("the message is no ClientEnvelope") };
  }
  const { requestId, message, traceContext } = envelope;
  const refuse = (reason: string) => ({ requestId, refusal: invalid(reason) });
  if (envelope.version !== PROTOCOL_VERSION) return refuse("version is not 1");
  if (requestId <= lastRequestId) return refuse("request_id does not rise");
  if (message.case === undefined) return refuse("the message is empty or of an unknown kind");
  const traceparent = TRACEPARENT.test(traceContext?.traceparent ?? "")
    ? traceContext?.traceparent
    : undefined;
  return { requestId, message, call: traceparent === undefined ? {} : { traceparent } };
}
