import { UUID_LENGTH, writeUuid } from "../media_frame/uuid.ts";

/** Length of a resume secret, bytes. */
export const RESUME_SECRET_LENGTH = 32;
/** Length of a resume proof: r and s of ECDSA with P-256 (IEEE P1363), bytes. */
export const RESUME_PROOF_LENGTH = 64;
/** How a resume proof is made and checked, for WebCrypto. */
export const RESUME_PROOF_ALGORITHM = { name: "ECDSA", hash: "SHA-256" } as const;

const LABEL = new TextEncoder().encode("DT/1 resume");

/**
 * What whoever resumes a session signs with the identity key (proto/README.md, "Resuming"): a
 * label, so that the signature is good for nothing else, the meeting, the participant, and the
 * secret, which the server chose for this one purpose.
 *
 * @throws {TypeError} when an id is no canonical UUID.
 * @throws {RangeError} when the secret is not {@link RESUME_SECRET_LENGTH} bytes long.
 */
export function resumeProofBytes(
  { meetingId, participantId, secret }: {
    readonly meetingId: string;
    readonly participantId: string;
    readonly secret: Uint8Array;
  },
): Uint8Array<ArrayBuffer> {
  if (secret.length !== RESUME_SECRET_LENGTH) throw new RangeError("not a resume secret");
  const bytes = new Uint8Array(LABEL.length + 2 * UUID_LENGTH + RESUME_SECRET_LENGTH);
  bytes.set(LABEL);
  writeUuid(meetingId, bytes, LABEL.length);
  writeUuid(participantId, bytes, LABEL.length + UUID_LENGTH);
  bytes.set(secret, LABEL.length + 2 * UUID_LENGTH);
  return bytes;
}
