import { WindowedMinimum } from "./windowed_minimum.ts";

/** How long a queue must stand although less is sent than arrives, milliseconds. */
const PERSISTENT_MS = 1_200;
/** Part of a queue that must be left after that time, or it is one's own and drains. */
const LEFT_PART = 0.75;
/** Growth of a queue after which the watch begins anew: what was sent before is still arriving. */
const GROWN = 1.3;
/** Queue below which nobody else fills the path, milliseconds. */
const NOBODY_MS = 20;

/**
 * The part of a queue that is not the sender's: a bulk transfer keeps it filled, or the way has
 * become longer. Such a queue does not drain however little is sent, and yielding to it would give
 * the path away (as Copa's competitive mode, which looks for a queue that is never nearly empty).
 */
export class ForeignQueue {
  readonly #lowest = new WindowedMinimum(PERSISTENT_MS, 6);
  #ms = 0;
  #watchedFromMs: number | undefined;
  #watchedQueueMs = 0;

  /** What does not drain, milliseconds; 0 while the queue is all one's own. */
  get ms(): number {
    return this.#ms;
  }

  /** Takes the network's whole queue, and whether the sender holds back because of it. */
  observe(queueMs: number, isHoldingBack: boolean, nowMs: number): void {
    this.#lowest.add(queueMs, nowMs);
    this.#ms = queueMs < NOBODY_MS ? 0 : Math.min(this.#ms, queueMs);
    if (!isHoldingBack) this.#watchedFromMs = undefined;
    else if (this.#watchedFromMs === undefined || queueMs > GROWN * this.#watchedQueueMs) {
      this.#watch(queueMs, nowMs);
    } else if (nowMs - this.#watchedFromMs >= PERSISTENT_MS) this.#judge(queueMs, nowMs);
  }

  #watch(queueMs: number, nowMs: number): void {
    this.#watchedFromMs = nowMs;
    this.#watchedQueueMs = queueMs;
  }

  #judge(queueMs: number, nowMs: number): void {
    if (queueMs >= LEFT_PART * this.#watchedQueueMs) this.#ms = this.#lowest.value;
    this.#watch(queueMs, nowMs);
  }
}
