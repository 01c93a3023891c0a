/** How long Chromium remembers a handshake that failed, milliseconds (`MaybeQueueHandshakeFailurePenalty`). */
export const PENALTY_MS = 5 * 60_000;
/** What the first of them costs the next handshake; each further one doubles it, milliseconds. */
const FIRST_DELAY_MS = 10;
/** The most that they cost, milliseconds. */
const LONGEST_DELAY_MS = 60_000;
/** The delay is drawn between half and this many times its size. */
const SPREAD = 1.5;
/** Handshakes that are remembered here: more of them cost no more. */
const MAX_FAILURES = 16;

/**
 * How long Chromium holds back the next WebTransport handshake of a page: the longer the more of them
 * failed, or were given up, in the last five minutes (`WebTransportThrottleContext`, Chromium 156).
 */
export class HandshakePenalties {
  readonly #now: () => number;
  /** When handshakes failed, the oldest first, milliseconds. */
  readonly #failedAtMs: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A handshake failed, or was given up. */
  failed(): void {
    this.#forget();
    this.#failedAtMs.push(this.#now());
    if (this.#failedAtMs.length > MAX_FAILURES) this.#failedAtMs.shift();
  }

  /** The longest that a handshake which is started now may be held back, milliseconds. */
  get heldBackMs(): number {
    this.#forget();
    const count = this.#failedAtMs.length;
    if (count === 0) return 0;
    return SPREAD * Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
  }

  #forget(): void {
    const before = this.#now() - PENALTY_MS;
    while (this.#failedAtMs.length > 0 && this.#failedAtMs[0]! <= before) this.#failedAtMs.shift();
  }
}
