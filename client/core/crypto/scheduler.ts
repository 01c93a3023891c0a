/** Runs callbacks later. Injected, so that tests decide when time passes. */
export interface Scheduler {
  /** Runs `callback` once, `delayMs` from now. Disposing before then cancels it. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The platform's own timers. */
export const platformScheduler: Scheduler = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
