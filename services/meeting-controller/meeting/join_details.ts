import type {
  EncryptionKeys,
  JoinRequest,
  MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readEncryptionKeys } from "../participant/encryption_keys.ts";
import { readIdentityKey } from "../participant/resume_proof.ts";
import { readParticipantName } from "../participant/participant_name.ts";
import { readPublications } from "../publication/publication.ts";
import { invalid } from "./refusal.ts";

const MAX_CODECS = 32;
const MAX_CODEC_LENGTH = 64;

/** What a joiner brings, checked. */
export interface JoinDetails {
  readonly name: string;
  readonly encryptionKeys: EncryptionKeys | undefined;
  readonly streams: readonly MediaStream[];
  readonly subscribeToAll: boolean;
  /** By which the joiner may resume; empty: not at all. */
  readonly identityKey: Uint8Array<ArrayBuffer>;
}

/**
 * Checks all of a JoinRequest but its token.
 *
 * @throws {Refusal} INVALID_REQUEST, or CONFLICT when a stream is named twice.
 */
export function readJoinDetails(request: JoinRequest): JoinDetails {
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
  return {
    name: readParticipantName(request.participantName),
    encryptionKeys: request.encryptionKeys && readEncryptionKeys(request.encryptionKeys),
    streams: readPublications(request.streams),
    subscribeToAll: request.subscribeToAll,
    identityKey: readIdentityKey(request.identityKey),
  };
}
