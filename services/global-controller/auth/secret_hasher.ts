import { scrypt, timingSafeEqual } from "node:crypto";

/** RFC 7914: N = 2^15, r = 8, p = 1 takes 32 MiB and some 60 ms. */
const LOG2_COST = 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const KEY_LENGTH = 32;
const SALT_LENGTH = 16;
/** scrypt needs 128 · N · r bytes and refuses at its limit. */
const MEMORY_LIMIT = 2 * 128 * 2 ** LOG2_COST * BLOCK_SIZE;

/** Hashes that run at once: each takes a core and 32 MiB. */
export const MAX_CONCURRENT_HASHES = 2;
/** Hashes that may wait for their turn; further ones are refused. */
export const MAX_WAITING_HASHES = 64;

/** More secrets to check than this process can. */
export class HashingOverloadedError extends Error {
  override readonly name = "HashingOverloadedError";
}

/** Hashes and checks passwords and the secrets of API clients, a few at a time, off the event loop. */
export class SecretHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #maxConcurrent: number;
  readonly #maxWaiting: number;
  #decoy: Promise<string> | undefined;

  constructor(bounds: { maxConcurrent?: number; maxWaiting?: number } = {}) {
    this.#maxConcurrent = bounds.maxConcurrent ?? MAX_CONCURRENT_HASHES;
    this.#maxWaiting = bounds.maxWaiting ?? MAX_WAITING_HASHES;
  }

  /**
   * A text that holds parameters, salt and hash.
   *
   * @throws {HashingOverloadedError}
   */
  async hash(secret: string): Promise<string> {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
    const key = await this.#limited(secret, salt);
    return `scrypt$${LOG2_COST}$${BLOCK_SIZE}$${PARALLELIZATION}$${salt.toHex()}$${key.toHex()}`;
  }

  /**
   * Whether `secret` is the one behind `hash`; with no hash the same work is done for nothing, so
   * that time does not tell which clients exist.
   *
   * @throws {HashingOverloadedError}
   */
  async verify(secret: string, hash: string | undefined): Promise<boolean> {
    const expected = parseHash(hash ?? await this.#decoyHash());
    const key = await this.#limited(secret, expected.salt);
    return timingSafeEqual(key, expected.key) && hash !== undefined;
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= this.hash(crypto.randomUUID()).catch((error) => {
      this.#decoy = undefined;
      throw error;
    });
    return this.#decoy;
  }

  async #limited(secret: string, salt: Uint8Array): Promise<Uint8Array> {
    if (this.#running >= this.#maxConcurrent) {
      if (this.#waiting.length >= this.#maxWaiting) {
        throw new HashingOverloadedError("too many secrets to check");
      }
      // Whoever ends hands its place over, so #running stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await deriveKey(secret, salt);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

function parseHash(text: string): { salt: Uint8Array; key: Uint8Array } {
  const [kind, cost, block, parallel, salt, key] = text.split("$");
  const parameters = `${kind}$${cost}$${block}$${parallel}`;
  if (
    parameters !== `scrypt$${LOG2_COST}$${BLOCK_SIZE}$${PARALLELIZATION}` || !salt || !key
  ) {
    throw new Error("a stored secret hash has an unknown form");
  }
  return { salt: Uint8Array.fromHex(salt), key: Uint8Array.fromHex(key) };
}

function deriveKey(secret: string, salt: Uint8Array): Promise<Uint8Array> {
  const options = {
    N: 2 ** LOG2_COST,
    r: BLOCK_SIZE,
    p: PARALLELIZATION,
    maxmem: MEMORY_LIMIT,
  };
  return new Promise((resolve, reject) => {
    // Keyboards write the same characters in different ways (NIST SP 800-63B, 5.1.1.2).
    scrypt(secret.normalize("NFKC"), salt, KEY_LENGTH, options, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}
