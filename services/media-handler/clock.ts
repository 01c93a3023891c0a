import { ProcessorLag } from "../../proto/congestion/processor_lag.ts";

/** Time as the media handler sees it, so that tests can drive it. */
export interface Clock {
  /** Milliseconds of one monotonic clock. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** How late timers fired of late by `nowMs`, milliseconds; 0 while that is usual (`ProcessorLag`). */
  lagMs(nowMs: number): number;
}

const lag = new ProcessorLag();

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const dueAtMs = performance.now() + Math.max(0, delayMs);
    const timer = setTimeout(() => {
      const nowMs = performance.now();
      lag.timerFired(nowMs - dueAtMs, nowMs);
      callback();
    }, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
  lagMs: (nowMs) => lag.lagMs(nowMs),
};
