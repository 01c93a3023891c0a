import type {
  EncryptionKeys,
  MediaStream,
  ResumeRequest,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  RESUME_PROOF_LENGTH,
  RESUME_SECRET_LENGTH,
} from "../../../proto/signaling/resume_proof.ts";
import { readEncryptionKeys } from "../participant/encryption_keys.ts";
import { readPublications } from "../publication/publication.ts";
import { readUuidField } from "./identifiers.ts";
import { invalid } from "./refusal.ts";

/** What somebody who comes back brings, checked as far as it can be without knowing the session. */
export interface ResumeDetails {
  readonly meetingId: string;
  readonly participantId: string;
  readonly secret: Uint8Array;
  readonly proof: Uint8Array<ArrayBuffer>;
  /** The number of the last message that arrived. */
  readonly lastMessageNumber: bigint;
  /** All streams that the participant publishes now. */
  readonly streams: readonly MediaStream[];
  /** Undefined: as they were. */
  readonly encryptionKeys: EncryptionKeys | undefined;
}

/**
 * Checks a ResumeRequest.
 *
 * @throws {Refusal} INVALID_REQUEST, CAPACITY_EXCEEDED, or CONFLICT when a stream is named twice.
 */
export function readResumeDetails(request: ResumeRequest): ResumeDetails {
  if (request.secret.length !== RESUME_SECRET_LENGTH) {
    throw invalid(`secret has ${request.secret.length} bytes, not ${RESUME_SECRET_LENGTH}`);
  }
  if (request.proof.length !== RESUME_PROOF_LENGTH) {
    throw invalid(`proof has ${request.proof.length} bytes, not ${RESUME_PROOF_LENGTH}`);
  }
  return {
    meetingId: readUuidField("meeting_id", request.meetingId),
    participantId: readUuidField("participant_id", request.participantId),
    secret: request.secret,
    proof: new Uint8Array(request.proof),
    lastMessageNumber: request.lastMessageNumber,
    streams: readPublications(request.streams),
    encryptionKeys: request.encryptionKeys && readEncryptionKeys(request.encryptionKeys),
  };
}
