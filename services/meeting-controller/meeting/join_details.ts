import type {
  EncryptionKeys,
  JoinRequest,
  MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readEncryptionKeys } from "../participant/encryption_keys.ts";
import { readParticipantName } from "../participant/participant_name.ts";
import { MAX_STREAMS_PER_PARTICIPANT, readPublication } from "../publication/publication.ts";
import { invalid, Refusal } from "./refusal.ts";

const MAX_CODECS = 32;
const MAX_CODEC_LENGTH = 64;

/** What a joiner brings, checked. */
export interface JoinDetails {
  readonly name: string;
  readonly encryptionKeys: EncryptionKeys | undefined;
  readonly streams: readonly MediaStream[];
  readonly subscribeToAll: boolean;
}

/**
 * Checks all of a JoinRequest but its token.
 *
 * @throws {Refusal} INVALID_REQUEST, or CONFLICT when a stream is named twice.
 */
export function readJoinDetails(request: JoinRequest): JoinDetails {
  if (request.streams.length > MAX_STREAMS_PER_PARTICIPANT) {
    throw new Refusal(
      ErrorCode.CAPACITY_EXCEEDED,
      `more than ${MAX_STREAMS_PER_PARTICIPANT} streams`,
    );
  }
  for (
    const codecs of [
      request.capabilities?.videoCodecs ?? [],
      request.capabilities?.audioCodecs ?? [],
    ]
  ) {
    if (codecs.length > MAX_CODECS || codecs.some((codec) => codec.length > MAX_CODEC_LENGTH)) {
      throw invalid("capabilities name too many codecs or too long ones");
    }
  }
  const streams = request.streams.map(readPublication);
  if (new Set(streams.map(({ streamId }) => streamId)).size < streams.length) {
    throw new Refusal(ErrorCode.CONFLICT, "the same stream_id twice");
  }
  return {
    name: readParticipantName(request.participantName),
    encryptionKeys: request.encryptionKeys && readEncryptionKeys(request.encryptionKeys),
    streams,
    subscribeToAll: request.subscribeToAll,
  };
}
