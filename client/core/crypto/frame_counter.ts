import { EncryptionError } from "./encryption_error.ts";

/** Last counter under one frame key; after it the key is spent. */
export const MAX_COUNTER = 2 ** 32 - 1;

/** Gives out each counter of a frame key once. */
export class FrameCounter {
  #next: number;

  constructor(first = 0) {
    this.#next = first;
  }

  /** @throws {EncryptionError} "counter-exhausted" after {@link MAX_COUNTER}. */
  take(): number {
    if (this.#next > MAX_COUNTER) throw new EncryptionError("counter-exhausted");
    return this.#next++;
  }
}
