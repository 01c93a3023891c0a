import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import {
  ACKNOWLEDGEMENT_LIMIT_MS,
  LEASE_LIFETIME_MS,
  LEASE_RENEWAL_MS,
  OwnershipUnavailableError,
} from "./meeting_ownership.ts";

/** How soon a renewal that failed is tried again, milliseconds. */
const RENEWAL_RETRY_MS = 250;

/** The times of a lease, milliseconds. */
export interface LeaseTimes {
  readonly lifetimeMs: number;
  readonly renewalMs: number;
  readonly retryMs: number;
  /** Less than the lifetime: how long after a renewal began the lease surely lives. */
  readonly acknowledgementLimitMs: number;
}

/** The times of a meeting controller's lease. */
export const LEASE_TIMES: LeaseTimes = {
  lifetimeMs: LEASE_LIFETIME_MS,
  renewalMs: LEASE_RENEWAL_MS,
  retryMs: RENEWAL_RETRY_MS,
  acknowledgementLimitMs: ACKNOWLEDGEMENT_LIMIT_MS,
};

/** Keeps a lease alive, and knows by the monotonic clock of this process whether it surely lives. */
export class LeaseKeeper implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #times: LeaseTimes;
  readonly #prolong: () => Promise<number>;
  readonly #log: Logger;
  #renewedAt = -Infinity;
  #underway: Promise<void> | undefined;
  #cancelNext: () => void = () => {};
  #stopped = false;
  #failing = false;

  /**
   * Renews at once, and regularly from then on.
   *
   * @param options.prolong renews, and resolves when what follows from it is done, with the time at
   *   which the renewal that succeeded began.
   */
  constructor(options: {
    clock: Clock;
    times: LeaseTimes;
    prolong: () => Promise<number>;
    log: Logger;
  }) {
    this.#clock = options.clock;
    this.#times = options.times;
    this.#prolong = options.prolong;
    this.#log = options.log;
    this.#renewSoon(0);
  }

  /** When the last renewal that succeeded began, by the monotonic clock; -Infinity: there is none. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  /** Whether the lease surely lives: it was renewed lately. */
  surelyLives(): boolean {
    return this.wasAlive(this.#renewedAt);
  }

  /** Whether a lease that was renewed at that time has surely lived ever since. */
  wasAlive(renewedAt: number): boolean {
    return !this.#stopped &&
      this.#clock.now() - renewedAt < this.#times.acknowledgementLimitMs;
  }

  /**
   * Renews now, or takes part in the renewal that is underway; rejects as that does.
   *
   * @throws {OwnershipUnavailableError} after its end, too.
   */
  renew(): Promise<void> {
    if (this.#stopped) return Promise.reject(new OwnershipUnavailableError("the lease has ended"));
    return this.#underway ??= this.#renew().finally(() => this.#underway = undefined);
  }

  /** The lease does not live any more for this process, and is not renewed any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#cancelNext();
    await this.#underway?.catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const begunAt = this.#clock.now();
    try {
      const renewedAt = await this.#prolong();
      this.#renewedAt = Math.max(this.#renewedAt, renewedAt);
      if (this.#failing) this.#log.info("lease renewed again");
      this.#failing = false;
      this.#renewSoon(begunAt + this.#times.renewalMs - this.#clock.now());
    } catch (error) {
      if (!this.#failing) this.#log.warn("lease not renewed", { error });
      this.#failing = true;
      this.#renewSoon(this.#times.retryMs);
      throw error;
    }
  }

  #renewSoon(delayMs: number): void {
    this.#cancelNext();
    if (this.#stopped) return;
    this.#cancelNext = this.#clock.after(Math.max(0, delayMs), () => {
      // Whoever waits for it is told; the next attempt is planned.
      this.renew().catch(() => undefined);
    });
  }
}
