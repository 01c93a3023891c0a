import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";

/** An answer as it is replayed. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What one caller's key stands for in the database. Answers hold join tokens, client secrets and
 * API keys, and requests passwords; all that is stored of them is keyed by a secret of the servers'
 * and by the key text, which is stored nowhere (HKDF, RFC 5869; AES-256-GCM, SP 800-38D).
 */
export class SealedKey {
  /** Names the row, 32 bytes. */
  readonly keyHash: Uint8Array;
  readonly #requestKey: Uint8Array;
  readonly #answerKey: Uint8Array;

  /** @param caller who sent `key`; two callers' keys have nothing in common. */
  constructor(secret: string, caller: string, key: string) {
    const derive = (purpose: string) =>
      new Uint8Array(
        hkdfSync("sha256", secret, key, `idempotency ${purpose} ${caller}`, KEY_BYTES),
      );
    this.keyHash = derive("row");
    this.#requestKey = derive("request");
    this.#answerKey = derive("answer");
  }

  /** Tells requests apart, 32 bytes. */
  requestHash(parts: readonly string[]): Uint8Array {
    return createHmac("sha256", this.#requestKey).update(JSON.stringify(parts)).digest();
  }

  seal(answer: KeptAnswer): Uint8Array {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#answerKey, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(answer), "utf8"), cipher.final()]);
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]);
  }

  /** @throws {Error} when the row was changed. */
  open(sealed: Uint8Array): KeptAnswer {
    const iv = sealed.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#answerKey, iv);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = Buffer.concat([
      decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return JSON.parse(text.toString("utf8"));
  }
}
