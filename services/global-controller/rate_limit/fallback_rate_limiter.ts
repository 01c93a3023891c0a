import type { Logger } from "../../runtime/log.ts";
import { LimiterFullError, type RateLimiter, type RateLimitVerdict } from "./rate_limiter.ts";

/**
 * How long a shared limiter that failed is left alone, milliseconds: meanwhile nobody waits for it,
 * and no calls pile up before it.
 */
export const SHARED_REST_MS = 1_000;
/** How often it is said that the shared limiter is full, milliseconds. */
const FULL_LOG_INTERVAL_MS = 60_000;

/**
 * Asks a shared limiter, and counts locally besides: when the shared one is away or came back
 * empty, what this process has seen still holds. Logs once for each time that it goes.
 */
export class FallbackRateLimiter implements RateLimiter {
  readonly #shared: RateLimiter;
  readonly #local: RateLimiter;
  readonly #log: Logger;
  readonly #now: () => number;
  #away = false;
  #restsUntilMs = -Infinity;
  #saidFullAtMs = -Infinity;

  constructor(
    shared: RateLimiter,
    local: RateLimiter,
    log: Logger,
    now: () => number = () => performance.now(),
  ) {
    this.#shared = shared;
    this.#local = local;
    this.#log = log;
    this.#now = now;
  }

  async take(caller: string): Promise<RateLimitVerdict> {
    if (this.#now() < this.#restsUntilMs) return await this.#local.take(caller);
    // While it is away, one call at a time finds out whether it is back.
    if (this.#away) this.#rest();
    let shared: RateLimitVerdict;
    try {
      shared = await this.#shared.take(caller);
    } catch (error) {
      if (error instanceof LimiterFullError) return await this.#takeLocally(caller);
      this.#rest();
      if (!this.#away) this.#log.warn("shared rate limiter is away", { error });
      this.#away = true;
      return await this.#local.take(caller);
    }
    if (this.#away) this.#log.info("shared rate limiter is back");
    this.#away = false;
    this.#restsUntilMs = -Infinity;
    if (!shared.allowed) return shared;
    const local = await this.#local.take(caller);
    return local.allowed ? shared : local;
  }

  async #takeLocally(caller: string): Promise<RateLimitVerdict> {
    const now = this.#now();
    if (now - this.#saidFullAtMs >= FULL_LOG_INTERVAL_MS) {
      this.#saidFullAtMs = now;
      this.#log.warn("shared rate limiter is full");
    }
    return await this.#local.take(caller);
  }

  #rest(): void {
    this.#restsUntilMs = this.#now() + SHARED_REST_MS;
  }
}
