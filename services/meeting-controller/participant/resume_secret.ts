import { createHash, timingSafeEqual } from "node:crypto";
import { RESUME_SECRET_LENGTH } from "../../../proto/signaling/resume_proof.ts";

const NONE = new Uint8Array(0);

/**
 * The secrets by which a participant may resume: the newest, and the one that was shown for it,
 * since the answer that brought the newest may have been lost. Only their hashes are kept.
 */
export class ResumeSecrets {
  #newest: Uint8Array;
  #previous: Uint8Array;

  /** Those of before, by their SHA-256; empty: none. */
  constructor(newest: Uint8Array = NONE, previous: Uint8Array = NONE) {
    this.#newest = newest;
    this.#previous = previous;
  }

  /** SHA-256 of the newest one; empty: none was issued. */
  get newestHash(): Uint8Array {
    return this.#newest;
  }

  /** SHA-256 of the one before; empty: none. */
  get previousHash(): Uint8Array {
    return this.#previous;
  }

  /** Whether the secret is one of the two. */
  accepts(secret: Uint8Array): boolean {
    const hash = sha256(secret);
    return isSame(hash, this.#newest) || isSame(hash, this.#previous);
  }

  /**
   * A new secret. The one that was just shown stays good, any other does not.
   *
   * @param shown undefined: at the join.
   */
  issue(shown?: Uint8Array): Uint8Array<ArrayBuffer> {
    const secret = crypto.getRandomValues(new Uint8Array(RESUME_SECRET_LENGTH));
    this.#previous = shown === undefined ? NONE : sha256(shown);
    this.#newest = sha256(secret);
    return secret;
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function isSame(hash: Uint8Array, known: Uint8Array): boolean {
  return hash.length === known.length && timingSafeEqual(hash, known);
}
