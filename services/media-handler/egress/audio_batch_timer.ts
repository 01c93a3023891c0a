import type { Clock } from "../clock.ts";
import { AUDIO_BATCH_DELAY_MS } from "../limits.ts";

/** What collects audio until the timer fires. */
export interface AudioBatch {
  /** Writes what was collected. */
  flush(): void;
}

/** One timer for the audio batches of all subscribers, since a thousand timers cost more. */
export class AudioBatchTimer {
  readonly #clock: Clock;
  #waiting: AudioBatch[] = [];
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Flushes `batch` within {@link AUDIO_BATCH_DELAY_MS}. */
  add(batch: AudioBatch): void {
    this.#waiting.push(batch);
    this.#cancel ??= this.#clock.after(AUDIO_BATCH_DELAY_MS, () => this.#flush());
  }

  /** Flushes nothing any more. */
  stop(): void {
    this.#cancel?.();
    this.#waiting = [];
  }

  #flush(): void {
    this.#cancel = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of waiting) batch.flush();
  }
}
