import type { Scheduler } from "../crypto/scheduler.ts";

/** Silence after which the controller is pinged, milliseconds: one that speaks is known to live. */
export const PING_AFTER_SILENCE_MS = 1_500;
/** How often the controller is pinged at least, for it to know that this client lives, ms. */
export const PING_INTERVAL_MS = 4_000;
/**
 * Silence after which the connection counts as lost, milliseconds: a ping stays unanswered for more
 * than a second then. With the time between two checks a dead controller is noticed within three
 * seconds.
 */
export const SILENCE_LIMIT_MS = 2_750;
const CHECK_INTERVAL_MS = 250;
/** As much of the time between two checks counts, ms; of a longer one this process slept a part. */
const COUNTED_LIMIT_MS = 500;

/** Watches whether the peer still speaks, and pings it so that it has a reason to. */
export class Liveness {
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  #timer: Disposable | undefined;
  /** How long the peer was silent while this process was awake, milliseconds. */
  #silentMs = 0;
  #checkedAtMs = 0;
  #pingedAtMs = 0;
  /** A ping has gone out since the peer was heard last. */
  #asked = false;

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
    this.#silentMs = 0;
    this.#asked = false;
    this.#checkedAtMs = this.#pingedAtMs = this.#now();
    this.#schedule();
  }

  /** The peer said something. */
  heard(): void {
    this.#silentMs = 0;
    this.#asked = false;
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
    this.#silentMs += Math.min(nowMs - this.#checkedAtMs, COUNTED_LIMIT_MS);
    this.#checkedAtMs = nowMs;
    if (this.#silentMs >= SILENCE_LIMIT_MS) {
      this.#timer = undefined;
      this.#onSilence();
      return;
    }
    const isSilent = this.#silentMs >= PING_AFTER_SILENCE_MS && !this.#asked;
    if (isSilent || nowMs - this.#pingedAtMs >= PING_INTERVAL_MS) {
      this.#asked = true;
      this.#pingedAtMs = nowMs;
      this.#ping();
    }
    this.#schedule();
  }
}
