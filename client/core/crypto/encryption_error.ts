/**
 * Why a frame, or something said, was not encrypted:
 * - `counter-exhausted`: the key has encrypted all the frames it may.
 * - `too-many-tracks`: more streams under one key than is allowed.
 * - `no-recipient-key`: the one recipient has no delivery key to encrypt to.
 * - `closed`: the key schedule is disposed.
 */
export type EncryptionErrorReason =
  | "counter-exhausted"
  | "too-many-tracks"
  | "no-recipient-key"
  | "closed";

/** A frame that was not encrypted and so must not be sent. */
export class EncryptionError extends Error {
  override readonly name = "EncryptionError";
  constructor(readonly reason: EncryptionErrorReason) {
    super(`frame not encrypted: ${reason}`);
  }
}
