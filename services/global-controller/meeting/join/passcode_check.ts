import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { SecretHasher } from "../../auth/secret_hasher.ts";

/** Meetings whose right passcode is remembered; beyond it the one asked for least recently goes. */
export const MAX_REMEMBERED_PASSCODES = 10_000;

/**
 * Checks passcodes of meetings. The right one is hashed slowly once: when five hundred people join
 * at nine o'clock, all but the first are compared with what this process remembers, under a key that
 * never leaves it.
 */
export class PasscodeCheck {
  readonly #hasher: Pick<SecretHasher, "verify">;
  readonly #key = crypto.getRandomValues(new Uint8Array(32));
  readonly #limit: number;
  /** By the slow hash, the MAC of the passcode behind it; the least recently used first. */
  readonly #right = new Map<string, Buffer>();

  constructor(options: { hasher: Pick<SecretHasher, "verify">; limit?: number }) {
    this.#hasher = options.hasher;
    this.#limit = options.limit ?? MAX_REMEMBERED_PASSCODES;
  }

  /**
   * Whether `passcode` is the one behind `hash`.
   *
   * @throws {HashingOverloadedError}
   */
  async matches(passcode: string, hash: string): Promise<boolean> {
    const mac = createHmac("sha256", this.#key).update(passcode).digest();
    const right = this.#right.get(hash);
    if (right !== undefined) {
      this.#remember(hash, right);
      return timingSafeEqual(mac, right);
    }
    if (!await this.#hasher.verify(passcode, hash)) return false;
    this.#remember(hash, mac);
    return true;
  }

  #remember(hash: string, mac: Buffer): void {
    this.#right.delete(hash);
    this.#right.set(hash, mac);
    if (this.#right.size <= this.#limit) return;
    const [oldest] = this.#right.keys();
    if (oldest !== undefined) this.#right.delete(oldest);
  }
}
