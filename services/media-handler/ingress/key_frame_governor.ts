import type { Clock } from "../clock.ts";
import { KEY_FRAME_REQUEST_INTERVAL_MS } from "../limits.ts";

/**
 * Turns the key-frame requests of all subscribers of one layer into at most one request to its
 * publisher per {@link KEY_FRAME_REQUEST_INTERVAL_MS}, so that joins and losses cause no storm of
 * key frames.
 */
export class KeyFrameGovernor {
  readonly #clock: Clock;
  readonly #send: () => void;
  #sentAtMs = -Infinity;
  #cancelPending: (() => void) | undefined;

  /** @param send asks the publisher for a key frame. */
  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** When the publisher was last asked; -Infinity before the first time. */
  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  /** A subscriber needs a key frame that arrives after now. */
  request(): void {
    if (this.#cancelPending !== undefined) return;
    const waitMs = this.#sentAtMs + KEY_FRAME_REQUEST_INTERVAL_MS - this.#clock.now();
    if (waitMs <= 0) this.#ask();
    else {
      this.#cancelPending = this.#clock.after(waitMs, () => {
        this.#cancelPending = undefined;
        this.#ask();
      });
    }
  }

  /** A key frame arrived, which serves everyone who asked before. */
  keyFrameArrived(): void {
    this.#cancelPending?.();
    this.#cancelPending = undefined;
  }

  /** The layer ended. */
  end(): void {
    this.keyFrameArrived();
  }

  #ask(): void {
    this.#sentAtMs = this.#clock.now();
    this.#send();
  }
}
