import type { Scheduler } from "../crypto/scheduler.ts";

/** How often the controller is pinged, milliseconds. */
export const PING_INTERVAL_MS = 2_000;
/** Silence after which the connection counts as lost, while pings go unanswered, milliseconds. */
export const SILENCE_LIMIT_MS = 5_000;
const CHECK_INTERVAL_MS = 1_000;
/** A check this late means that the process itself slept: the silence says nothing. */
const SLEPT_MS = 3_000;

/** Watches whether the peer still speaks, and pings it so that it has a reason to. */
export class Liveness {
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  #timer: Disposable | undefined;
  #heardAtMs = 0;
  #checkedAtMs = 0;
  #pingedAtMs = 0;

  constructor(options: {
    readonly now: () => number;
    readonly scheduler: Scheduler;
    readonly ping: () => void;
    /** Called once, when nothing was heard for {@link SILENCE_LIMIT_MS}. */
    readonly onSilence: () => void;
  }) {
    this.#now = options.now;
    this.#scheduler = options.scheduler;
    this.#ping = options.ping;
    this.#onSilence = options.onSilence;
  }

  start(): void {
    this.#heardAtMs = this.#checkedAtMs = this.#pingedAtMs = this.#now();
    this.#schedule();
  }

  /** The peer said something. */
  heard(): void {
    this.#heardAtMs = this.#now();
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = this.#scheduler.after(CHECK_INTERVAL_MS, () => this.#check());
  }

  #check(): void {
    const nowMs = this.#now();
    if (nowMs - this.#checkedAtMs > SLEPT_MS) this.#heardAtMs = nowMs;
    this.#checkedAtMs = nowMs;
    if (nowMs - this.#heardAtMs >= SILENCE_LIMIT_MS) {
      this.#timer = undefined;
      this.#onSilence();
      return;
    }
    if (nowMs - this.#pingedAtMs >= PING_INTERVAL_MS) {
      this.#pingedAtMs = nowMs;
      this.#ping();
    }
    this.#schedule();
  }
}
