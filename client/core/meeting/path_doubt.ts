import { wait, type WaitOptions } from "../transport/deadline.ts";

/** What is heard sooner may have been on its way when the network changed, milliseconds. */
export const LEFTOVER_MS = 150;
/** How long a path has to prove itself after the platform said that the network changed. */
export const NETWORK_CHANGE_GRACE_MS = 500;

/** A doubt whether a path still works, which lasts until the path is heard again or left. */
export class PathDoubt {
  readonly #now: () => number;
  readonly #sinceMs: number;
  readonly #graceMs: number;
  readonly #recovered = new AbortController();

  /** `graceMs`: how long the path has to prove itself before it is left. */
  constructor(graceMs: number, now: () => number) {
    this.#graceMs = graceMs;
    this.#now = now;
    this.#sinceMs = now();
  }

  /** Aborts when the path proves to work. */
  get recovered(): AbortSignal {
    return this.#recovered.signal;
  }

  /** Something came over the path. */
  heard(): void {
    if (this.#now() - this.#sinceMs >= LEFTOVER_MS) this.#recovered.abort();
  }

  /** Resolves when the path has had its time to prove itself; rejects when the wait is aborted. */
  async confirmed(options: WaitOptions): Promise<void> {
    const leftMs = this.#sinceMs + this.#graceMs - this.#now();
    if (leftMs > 0) await wait(leftMs, options);
  }
}
