import { type Clock, pause } from "../clock.ts";

/** How long somebody waits until a change is told, milliseconds: one call and its second attempt. */
export const TOLD_LIMIT_MS = 4_000;

/** Whoever waits until the media handler knows of a change. */
export class ToldWaiters {
  #waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** Resolves once it is told, or after {@link TOLD_LIMIT_MS}. */
  async wait(): Promise<void> {
    const limit = new AbortController();
    const told = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([told, pause(this.clock, TOLD_LIMIT_MS, limit.signal)]);
    limit.abort();
  }

  /** Those who wait now, for whoever tells what they wait for. */
  take(): (() => void)[] {
    return this.#waiting.splice(0);
  }

  /** It could not be told: they wait on. */
  putBack(waiting: readonly (() => void)[]): void {
    this.#waiting.unshift(...waiting);
  }

  /** There is nothing left to be told. */
  resolveAll(): void {
    for (const resolve of this.take()) resolve();
  }
}
