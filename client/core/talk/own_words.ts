import { equalBytes } from "../crypto/byte_string.ts";

/** Most of one's own contents whose plaintext is remembered until they come back. */
export const MAX_OWN_WORDS = 256;

/**
 * What oneself said lately: the controller tells it to everyone, also to who said it, who cannot
 * open what was sealed for the others.
 */
export class OwnWords {
  readonly #words: { readonly sealed: Uint8Array; readonly plaintext: Uint8Array }[] = [];

  add(sealed: Uint8Array, plaintext: Uint8Array): void {
    this.#words.push({ sealed, plaintext });
    if (this.#words.length > MAX_OWN_WORDS) this.#words.shift();
  }

  /** The plaintext of what one sealed; undefined when it is forgotten, or never was. */
  find(sealed: Uint8Array): Uint8Array | undefined {
    return this.#words.findLast((word) => equalBytes(word.sealed, sealed))?.plaintext;
  }
}
