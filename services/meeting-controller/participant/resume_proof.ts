import {
  RESUME_PROOF_ALGORITHM,
  RESUME_PROOF_LENGTH,
  resumeProofBytes,
} from "../../../proto/signaling/resume_proof.ts";
import { invalid } from "../meeting/refusal.ts";
import { PUBLIC_KEY_LENGTH, UNCOMPRESSED_POINT } from "./encryption_keys.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * The identity key in a JoinRequest, a copy; empty: the participant cannot resume. Whether the point
 * is on the curve shows when it is used.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readIdentityKey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  if (key.length !== 0 && (key.length !== PUBLIC_KEY_LENGTH || key[0] !== UNCOMPRESSED_POINT)) {
    throw invalid("identity_key is no uncompressed point of P-256 (65 bytes)");
  }
  return new Uint8Array(key);
}

/** Whether `proof` was made with the private key of `identityKey` for this session and secret. */
export async function isResumeProof(
  identityKey: Uint8Array<ArrayBuffer>,
  session: { meetingId: string; participantId: string; secret: Uint8Array },
  proof: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (proof.length !== RESUME_PROOF_LENGTH) return false;
  const bytes = resumeProofBytes(session);
  try {
    const key = await crypto.subtle.importKey("raw", identityKey, P256, false, ["verify"]);
    return await crypto.subtle.verify(RESUME_PROOF_ALGORITHM, key, proof, bytes);
  } catch {
    // No point of the curve, which shows when it is imported or used: nobody holds its private key.
    return false;
  }
}
