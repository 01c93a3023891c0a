/**
 * Longest distance between key frames: only a safety net. They are made when somebody needs one, since each
 * is as large as a second of other frames and delays what follows on a thin path.
 */
export const KEY_FRAME_INTERVAL_MS = 30_000;
/** Key frames that a congested stream wants back come no closer than this. */
export const RECOVERY_KEY_FRAME_INTERVAL_MS = 250;

/** Decides which of a layer's frames become key frames. */
export class KeyFrameSchedule {
  #requested = true;
  #lastMs = -Infinity;

  /** Makes the next frame a key frame. */
  request(): void {
    this.#requested = true;
  }

  /** Whether a requested key frame has not been encoded yet. */
  get pending(): boolean {
    return this.#requested;
  }

  /**
   * Whether the frame that is encoded now is a key frame. `senderWants` says that the sender dropped
   * frames and can only go on at a key frame.
   */
  next(nowMs: number, senderWants: boolean): boolean {
    const ageMs = nowMs - this.#lastMs;
    const key = this.#requested || ageMs >= KEY_FRAME_INTERVAL_MS ||
      (senderWants && ageMs >= RECOVERY_KEY_FRAME_INTERVAL_MS);
    if (key) {
      this.#requested = false;
      this.#lastMs = nowMs;
    }
    return key;
  }
}
