import type { Clock } from "../clock.ts";

/** What wants to be called again after a while. */
export interface Ticking {
  /** Does what is due; milliseconds until the next call, Infinity for none. */
  tick(nowMs: number): number;
}

/** One timer for the egress of all subscribers that need one; none runs while nobody does. */
export class EgressTicker {
  readonly #clock: Clock;
  readonly #dueAtMs = new Map<Ticking, number>();
  #firesAtMs = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `member` after `delayMs` at the latest; Infinity changes nothing. */
  add(member: Ticking, delayMs: number): void {
    if (delayMs === Infinity) return;
    const dueAtMs = this.#clock.now() + delayMs;
    if (dueAtMs >= (this.#dueAtMs.get(member) ?? Infinity)) return;
    this.#dueAtMs.set(member, dueAtMs);
    this.#schedule(dueAtMs);
  }

  /** `member` is not called any more. */
  remove(member: Ticking): void {
    this.#dueAtMs.delete(member);
    if (this.#dueAtMs.size === 0) this.#stop();
  }

  #schedule(dueAtMs: number): void {
    if (dueAtMs >= this.#firesAtMs) return;
    this.#stop();
    this.#firesAtMs = dueAtMs;
    this.#cancel = this.#clock.after(dueAtMs - this.#clock.now(), () => this.#fire());
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#firesAtMs = Infinity;
  }

  #fire(): void {
    this.#stop();
    const nowMs = this.#clock.now();
    for (const [member, dueAtMs] of [...this.#dueAtMs]) {
      // A timer may fire a little early.
      if (dueAtMs > nowMs + 1 || !this.#dueAtMs.has(member)) continue;
      this.#dueAtMs.delete(member);
      this.add(member, member.tick(nowMs));
    }
    let nextMs = Infinity;
    for (const dueAtMs of this.#dueAtMs.values()) nextMs = Math.min(nextMs, dueAtMs);
    if (nextMs !== Infinity) this.#schedule(nextMs);
  }
}
