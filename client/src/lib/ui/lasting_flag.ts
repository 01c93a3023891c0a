/** How long something must be so, or not so, before it counts. */
export interface FlagPatience {
  readonly onAfterMs: number;
  readonly offAfterMs: number;
}

/**
 * A fact that changes once the opposite has prevailed for a while: the time in which the opposite was
 * observed counts against it, the time in which it was not takes that back. So what passes soon changes
 * nothing, nor does what comes and goes, and one better second in many bad ones does not hide them. Pure:
 * told the time.
 */
export class LastingFlag {
  readonly #patience: FlagPatience;
  #on = false;
  /** What counts against the flag. */
  #againstMs = 0;
  #last: { readonly on: boolean; readonly atMs: number } | undefined;

  constructor(patience: FlagPatience) {
    this.#patience = patience;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Notes how it is now; call it about once a second. Returns what counts. */
  observe(on: boolean, nowMs: number): boolean {
    if (this.#last) {
      const elapsedMs = nowMs - this.#last.atMs;
      const change = this.#last.on === this.#on ? -elapsedMs : elapsedMs;
      this.#againstMs = Math.max(0, this.#againstMs + change);
    }
    this.#last = { on, atMs: nowMs };
    if (on === this.#on) return this.#on;
    const { onAfterMs, offAfterMs } = this.#patience;
    if (this.#againstMs >= (on ? onAfterMs : offAfterMs)) {
      this.#on = on;
      this.#againstMs = 0;
    }
    return this.#on;
  }
}
