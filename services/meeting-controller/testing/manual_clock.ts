import { setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";

/** A clock that stands still until it is turned. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many actions are planned. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass in small steps until `promise` has settled, which must hang on time alone. */
  async advanceUntil<Value>(promise: Promise<Value>): Promise<Value> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    while (!settled) {
      await eventLoopTurn();
      this.advance(10);
    }
    return await promise;
  }

  /** Lets time pass, and runs what is due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.at;
      due.action();
    }
    this.#now = end;
  }
}

/** One turn of the event loop, in which everything that is due by itself happens. */
export function eventLoopTurn(): Promise<void> {
  // Not a timer of 0 ms: those take one at least.
  return new Promise((resolve) => void setImmediate(resolve));
}
