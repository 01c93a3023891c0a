/**
 * Why a frame was not decrypted:
 * - `malformed`: the payload is no SFrame object (so is most plaintext).
 * - `wrong-stream`: the frame names another stream than the decryptor's.
 * - `unknown-key`: its key did not arrive in time. So ends, too, plaintext that looks like SFrame.
 * - `old-key`: its key is gone, or was never meant for this participant.
 * - `replayed`: its counter was seen before, or is too old to tell.
 * - `not-authentic`: the bytes are not what that key's owner sent in this place.
 * - `too-many-tracks`: the sender uses more tracks under one key than is allowed.
 * - `unknown-sender`: the sender is no member of the meeting (any more).
 * - `closed`: the key schedule was disposed while the frame waited.
 */
export type DecryptionErrorReason =
  | "malformed"
  | "wrong-stream"
  | "unknown-key"
  | "old-key"
  | "replayed"
  | "not-authentic"
  | "too-many-tracks"
  | "unknown-sender"
  | "closed";

/** A frame that must be dropped: it is neither shown, played nor passed on in any form. */
export class DecryptionError extends Error {
  override readonly name = "DecryptionError";
  constructor(readonly reason: DecryptionErrorReason) {
    super(`frame not decrypted: ${reason}`);
  }
}
