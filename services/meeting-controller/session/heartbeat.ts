import type { Clock } from "../clock.ts";

/** Silence after which the client counts as gone, ms: it pings every four seconds at least. */
export const HEARTBEAT_LIMIT_MS = 7_000;
/** A look this late means that this process itself stood still: the silence says nothing. */
const STOOD_STILL_MS = 1_000;

/** Watches whether a client still speaks. */
export class Heartbeat {
  #heardAtMs: number;
  #cancel: () => void = () => undefined;

  /** @param onSilence called once, when nothing was heard for {@link HEARTBEAT_LIMIT_MS}. */
  constructor(private readonly clock: Clock, private readonly onSilence: () => void) {
    this.#heardAtMs = clock.now();
    this.#plan();
  }

  /** The client said something. */
  heard(): void {
    this.#heardAtMs = this.clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  #plan(): void {
    const dueAtMs = this.#heardAtMs + HEARTBEAT_LIMIT_MS;
    this.#cancel = this.clock.after(Math.max(0, dueAtMs - this.clock.now()), () => {
      const nowMs = this.clock.now();
      if (nowMs - dueAtMs > STOOD_STILL_MS) this.#heardAtMs = nowMs;
      if (nowMs - this.#heardAtMs >= HEARTBEAT_LIMIT_MS) this.onSilence();
      else this.#plan();
    });
  }
}
