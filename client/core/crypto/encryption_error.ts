/**
 * Why a frame was not encrypted:
 * - `counter-exhausted`: the key has encrypted all the frames it may.
 * - `too-many-tracks`: more streams under one key than is allowed.
 * - `closed`: the key schedule is disposed.
 */
export type EncryptionErrorReason = "counter-exhausted" | "too-many-tracks" | "closed";

/** A frame that was not encrypted and so must not be sent. */
export class EncryptionError extends Error {
  override readonly name = "EncryptionError";
  constructor(readonly reason: EncryptionErrorReason) {
    super(`frame not encrypted: ${reason}`);
  }
}
