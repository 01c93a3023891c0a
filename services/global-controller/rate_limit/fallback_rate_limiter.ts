import type { Logger } from "../../runtime/log.ts";
import type { RateLimiter, RateLimitVerdict } from "./rate_limiter.ts";

/**
 * Asks a shared limiter, and counts locally besides: when the shared one is away or came back
 * empty, what this process has seen still holds. Logs once for each time that it goes.
 */
export class FallbackRateLimiter implements RateLimiter {
  readonly #shared: RateLimiter;
  readonly #local: RateLimiter;
  readonly #log: Logger;
  #away = false;

  constructor(shared: RateLimiter, local: RateLimiter, log: Logger) {
    this.#shared = shared;
    this.#local = local;
    this.#log = log;
  }

  async take(caller: string): Promise<RateLimitVerdict> {
    let shared: RateLimitVerdict;
    try {
      shared = await this.#shared.take(caller);
    } catch (error) {
      if (!this.#away) this.#log.warn("shared rate limiter is away", { error });
      this.#away = true;
      return await this.#local.take(caller);
    }
    if (this.#away) this.#log.info("shared rate limiter is back");
    this.#away = false;
    if (!shared.allowed) return shared;
    const local = await this.#local.take(caller);
    return local.allowed ? shared : local;
  }
}
