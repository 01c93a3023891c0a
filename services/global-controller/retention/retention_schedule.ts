import type { Logger } from "../../runtime/log.ts";
import type { Retention } from "./retention.ts";

/** Between two runs of all processes together, milliseconds. */
export const RETENTION_INTERVAL_MS = 3_600_000;
/** Between two ticks of the timer: a run comes at most this late. */
const TICK_MS = RETENTION_INTERVAL_MS / 12;

/**
 * Decides when this process looks whether a run is due: by a timer where the process lives long, and
 * when requests arrive where it does not. At most one look an interval, however many requests come.
 */
export class RetentionSchedule {
  readonly #retention: Retention;
  readonly #log: Logger;
  readonly #nowMs: () => number;
  readonly #stop = new AbortController();
  #lookedAtMs = -Infinity;
  #running: Promise<void> = Promise.resolve();

  /** @param nowMs a monotonic clock. */
  constructor(retention: Retention, log: Logger, nowMs: () => number = () => performance.now()) {
    this.#retention = retention;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Looks now and once an interval until `signal` aborts; resolves when a run that is underway has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.requestArrived();
    const timer = setInterval(() => this.requestArrived(), TICK_MS);
    Deno.unrefTimer(timer);
    await aborted(signal);
    clearInterval(timer);
    this.#stop.abort();
    await this.#running;
  }

  /** Begins a run in the background if this process has not looked for an interval. */
  requestArrived(): void {
    if (this.#stop.signal.aborted) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedAtMs < RETENTION_INTERVAL_MS) return;
    this.#lookedAtMs = nowMs;
    this.#running = this.#running.then(() => this.#runIfDue());
  }

  async #runIfDue(): Promise<void> {
    try {
      if (!(await this.#retention.claimRun(RETENTION_INTERVAL_MS))) return;
      const report = await this.#retention.run(this.#stop.signal);
      if (report !== undefined) this.#log.info("retention ran", { ...report });
    } catch (error) {
      this.#log.warn("retention failed", { error });
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
