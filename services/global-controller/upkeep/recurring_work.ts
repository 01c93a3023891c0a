import type { Logger } from "../../runtime/log.ts";

/** What has to be looked at again and again. */
export interface RecurringWorkOptions {
  /** For logs, such as "moderation". */
  readonly name: string;
  /** Between two looks, milliseconds. */
  readonly intervalMs: number;
  /** Does what is due; should stop soon after the abort. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  /** A monotonic clock, milliseconds. */
  readonly now?: () => number;
}

/**
 * Work that any global controller does once an interval: by a timer while {@link run} runs, and,
 * where the platform stops the clocks of an idle process, with the requests that arrive. What fails
 * is tried again an interval later, and said once.
 */
export class RecurringWork {
  readonly #options: RecurringWorkOptions;
  readonly #now: () => number;
  #startedAtMs = -Infinity;
  #wake: (() => void) | undefined;
  #fails = false;

  constructor(options: RecurringWorkOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Works until `signal` is aborted, and resolves when nothing is underway. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      await this.#work(signal);
      if (!signal.aborted) await this.#rest();
    }
  }

  /** Called with each request: work that is overdue because the clocks stood still is made up. */
  requestArrived(): void {
    if (this.#now() - this.#startedAtMs >= this.#options.intervalMs) this.#wake?.();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { name, work, log } = this.#options;
    this.#startedAtMs = this.#now();
    try {
      await work(signal);
      if (this.#fails) log.info("recurring work goes on", { name });
      this.#fails = false;
    } catch (error) {
      if (!this.#fails) log.warn("recurring work failed", { name, error });
      this.#fails = true;
    }
  }

  async #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, this.#options.intervalMs);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
