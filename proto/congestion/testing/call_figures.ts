import type { CallOptions, CallRecord, EstimateRecord, FrameRecord } from "./simulated_call.ts";

/** The value below which `part` of `values` lie; not a number when there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** What a viewer got of a call between two times, milliseconds. */
export class CallFigures {
  readonly #record: CallRecord;
  readonly #delayMs: number;
  readonly #fromMs: number;
  readonly #toMs: number;

  constructor(options: CallOptions, record: CallRecord, fromMs: number, toMs = options.durationMs) {
    this.#record = record;
    this.#delayMs = options.link.phases[0]!.delayMs;
    this.#fromMs = fromMs;
    this.#toMs = toMs;
  }

  /** Audio and video that arrived, padding left out, bits per second. */
  get usedBps(): number {
    const frames = [...this.#within(this.#record.frames), ...this.#within(this.#record.audio)];
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
    return bytes * 8_000 / (this.#toMs - this.#fromMs);
  }

  /** Frames that arrived, a second. */
  get frameRate(): number {
    return this.#within(this.#record.frames).length * 1_000 / (this.#toMs - this.#fromMs);
  }

  /** Delay of video beyond that of the link's first phase, milliseconds; its own bytes' included. */
  addedDelayMs(part: number): number {
    const delays = this.#within(this.#record.frames)
      .map(({ sentAtMs, arrivedAtMs }) => arrivedAtMs - sentAtMs - this.#delayMs);
    return quantile(delays, part);
  }

  /** What waited in the link, milliseconds. */
  linkQueueMs(part: number): number {
    return quantile(this.estimates.map(({ linkQueueMs }) => linkQueueMs), part);
  }

  /** A quantile of the target, bits per second. */
  targetBps(part: number): number {
    return quantile(this.estimates.map(({ targetBps }) => targetBps), part);
  }

  /** How often the path was taken to be full. */
  get falls(): number {
    const full = this.estimates.map(({ queueingDelayMs, state }) =>
      state !== "clear" && queueingDelayMs > 0
    );
    return full.filter((isFull, index) => isFull && !full[index - 1]).length;
  }

  /** The estimates between the two times. */
  get estimates(): readonly EstimateRecord[] {
    return this.#record.estimates.filter(({ atMs }) => atMs >= this.#fromMs && atMs < this.#toMs);
  }

  #within(frames: readonly FrameRecord[]): readonly FrameRecord[] {
    return frames.filter(({ sentAtMs }) => sentAtMs >= this.#fromMs && sentAtMs < this.#toMs);
  }
}
