/** A stream that is looked at counts as stuck after this long without a new picture. */
export const STUCK_AFTER_MS = 1_000;
/** Longest time between two attempts to get a stuck stream going. */
export const MAXIMUM_ATTEMPT_INTERVAL_MS = 10_000;

/** What is to be done about a stuck stream. */
export type Remedy = "key-frame" | "resubscribe";

/**
 * Notices that a stream that is looked at shows nothing new, and says what to try: a key frame,
 * then a new subscription, then both again ever more rarely, since the cause may be the publisher's.
 */
export class PictureWatchdog {
  #watching = false;
  /** Whether a picture came while it was looked at. */
  #shown = false;
  /** Frames came since the last picture. */
  #frameWaits = false;
  #quietSinceMs = 0;
  #attempts = 0;
  #attemptedAtMs = 0;

  /** @param still a picture may stand still, as that of a shared screen: no frame is no fault. */
  constructor(private readonly still: boolean) {}

  /** Someone looks at the stream now, and it should flow; or not. */
  watch(watching: boolean, nowMs: number): void {
    if (watching === this.#watching) return;
    this.#watching = watching;
    this.#shown = false;
    this.#begin(nowMs);
  }

  /** A frame arrived. */
  frameArrived(nowMs: number): void {
    if (this.still && !this.#frameWaits && this.#shown) this.#quietSinceMs = nowMs;
    this.#frameWaits = true;
  }

  /** A picture came out of the decoder. */
  pictureCame(nowMs: number): void {
    this.#shown = true;
    this.#begin(nowMs);
  }

  /** What to do now, if anything; ask a few times a second. */
  check(nowMs: number): Remedy | undefined {
    if (!this.#watching || (this.still && this.#shown && !this.#frameWaits)) return;
    if (nowMs - this.#quietSinceMs < STUCK_AFTER_MS) return;
    if (this.#attempts > 0 && nowMs - this.#attemptedAtMs < this.#intervalMs()) return;
    this.#attemptedAtMs = nowMs;
    return this.#attempts++ % 2 === 0 ? "key-frame" : "resubscribe";
  }

  #intervalMs(): number {
    // The first key frame has half a second: all should be well within two seconds.
    return Math.min(MAXIMUM_ATTEMPT_INTERVAL_MS, 500 * 2 ** (this.#attempts - 1));
  }

  #begin(nowMs: number): void {
    this.#frameWaits = false;
    this.#quietSinceMs = nowMs;
    this.#attempts = 0;
  }
}
