import {
  RESUME_PROOF_ALGORITHM,
  RESUME_SECRET_LENGTH,
  resumeProofBytes,
} from "../../../proto/signaling/resume_proof.ts";

const IDENTITY_KEY: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };

/** Whose session is resumed. */
export interface ResumedSession {
  readonly meetingId: string;
  readonly participantId: string;
  readonly secret: Uint8Array;
}

/** The key by which a participant proves that it comes back; its private half cannot leave it. */
export class ResumeIdentity {
  readonly #privateKey: CryptoKey;

  private constructor(
    privateKey: CryptoKey,
    /** Uncompressed P-256 point, 65 bytes. */
    readonly publicKey: Uint8Array<ArrayBuffer>,
  ) {
    this.#privateKey = privateKey;
  }

  static async generate(): Promise<ResumeIdentity> {
    const pair = await crypto.subtle.generateKey(IDENTITY_KEY, false, ["sign", "verify"]);
    const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
    return new ResumeIdentity(pair.privateKey, new Uint8Array(publicKey));
  }

  /** The proof of a ResumeRequest, 64 bytes (proto/README.md, "Resuming"). */
  async prove(session: ResumedSession): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = resumeProofBytes(session);
    return new Uint8Array(
      await crypto.subtle.sign(RESUME_PROOF_ALGORITHM, this.#privateKey, bytes),
    );
  }
}

/** True for what may be shown as the secret of a resume. */
export function isResumeSecret(bytes: Uint8Array): boolean {
  return bytes.length === RESUME_SECRET_LENGTH;
}
