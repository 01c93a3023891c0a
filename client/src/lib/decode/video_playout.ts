import { ArrivalSpread } from "../playout/arrival_spread.ts";

/**
 * No picture waits longer than this for the network's sake: about one picture's time. Stalls of lost
 * packets last longer, but then every picture is seen all the same, and waiting would delay them all.
 */
export const MAXIMUM_SMOOTHING_MS = 32;
/** No picture waits longer than this for its sound. */
export const MAXIMUM_SYNC_DELAY_MS = 120;
/**
 * Decoded pictures that may wait, 200 ms of them at 30 a second; the oldest is left out beyond.
 * Each holds uncompressed pixels, and a decoder may stop when too many of its pictures are held.
 */
export const MAXIMUM_WAITING_PICTURES = 6;

/** Half an animation frame at 60 Hz: waiting for less would only miss the next one. */
const DUE_TOLERANCE_MS = 8;
/** One animation frame: pictures that differ less cannot be shown more evenly. */
const UNSEEN_SPREAD_MS = 16;
/** A drawing is on the screen after this long, if no animation frame has told so before. */
const ANIMATION_FRAME_MS = 17;
/** Part of the pictures that come in time for an even pace. */
const PERCENTILE = 0.8;
/** The same where that would take too long: half of them then come later in any case. */
const LEAST_PERCENTILE = 0.5;
/** How long an arrival counts: about 100 pictures. */
const SPREAD_WINDOW_MS = 3_000;

interface WaitingPicture<Picture> {
  readonly picture: Picture;
  readonly timestampUs: number;
}

/**
 * Decides when each decoded picture of a stream is drawn: at an even pace, delayed by what the
 * arrival times of most pictures differ, and at most one in each animation frame, so that after a
 * stall every picture is seen. On an even path nothing waits.
 *
 * All times are milliseconds of one monotonic clock, handed in.
 */
export class VideoPlayout<Picture> {
  readonly #discard: (picture: Picture) => void;
  readonly #spread = new ArrivalSpread(SPREAD_WINDOW_MS);
  readonly #waiting: WaitingPicture<Picture>[] = [];
  #syncDelayMs = 0;
  /** When a picture was drawn that no animation frame has brought to the screen yet. */
  #unshownSinceMs = -Infinity;

  /** @param discard takes a picture that will not be drawn. */
  constructor(discard: (picture: Picture) => void) {
    this.#discard = discard;
  }

  /** Whether a picture waits for an animation frame. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * How long a picture that came as fast as possible waits for the network's sake. Where no delay that is
   * allowed makes the pace even, the fast ones only wait for the middle one, which itself is not delayed.
   */
  get smoothingMs(): number {
    const neededMs = this.#spread.percentileMs(PERCENTILE);
    if (neededMs <= UNSEEN_SPREAD_MS) return 0;
    if (neededMs <= MAXIMUM_SMOOTHING_MS) return neededMs;
    return Math.min(MAXIMUM_SMOOTHING_MS, this.#spread.percentileMs(LEAST_PERCENTILE));
  }

  /** How long pictures wait for their sound, from now on. */
  set syncDelayMs(delayMs: number) {
    this.#syncDelayMs = Math.min(MAXIMUM_SYNC_DELAY_MS, Math.max(0, delayMs));
  }

  /** Notes the arrival of an encoded picture, before it is decoded. */
  arrived(timestampUs: number, nowMs: number): void {
    this.#spread.observe(nowMs, timestampUs / 1_000);
  }

  /** Takes a decoded picture. Ask {@link takeNow} next. */
  push(picture: Picture, timestampUs: number): void {
    this.#waiting.push({ picture, timestampUs });
    if (this.#waiting.length <= MAXIMUM_WAITING_PICTURES) return;
    const oldest = this.#waiting.shift();
    if (oldest) this.#discard(oldest.picture);
  }

  /** The picture to draw at once, outside an animation frame; undefined when it is better to wait. */
  takeNow(nowMs: number): Picture | undefined {
    const picture = this.#take(nowMs);
    if (picture !== undefined) this.#unshownSinceMs = nowMs;
    return picture;
  }

  /** The picture to draw in the animation frame that runs now, if any. */
  takeInAnimationFrame(nowMs: number): Picture | undefined {
    const picture = this.#take(nowMs);
    this.#unshownSinceMs = -Infinity;
    return picture;
  }

  /** Leaves out all that waits. */
  clear(): void {
    for (const { picture } of this.#waiting.splice(0)) this.#discard(picture);
  }

  #take(nowMs: number): Picture | undefined {
    const next = this.#waiting[0];
    if (next === undefined || nowMs + DUE_TOLERANCE_MS < this.#dueMs(next.timestampUs)) return;
    // Another drawing before the next animation frame has ended would paint over the last one.
    if (nowMs - this.#unshownSinceMs < ANIMATION_FRAME_MS) return;
    this.#waiting.shift();
    return next.picture;
  }

  #dueMs(timestampUs: number): number {
    const { fastestMs } = this.#spread;
    if (fastestMs === Infinity) return -Infinity;
    return timestampUs / 1_000 + fastestMs + this.smoothingMs + this.#syncDelayMs;
  }
}
