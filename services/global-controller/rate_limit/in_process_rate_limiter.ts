import { RATE_LIMIT_WINDOW_MS, type RateLimiter, type RateLimitVerdict } from "./rate_limiter.ts";

/** Callers that are remembered; beyond it the one that was silent longest is forgotten. */
export const MAX_REMEMBERED_CALLERS = 50_000;
/** Stale entries at the front of a log before it is compacted. */
const COMPACTION_THRESHOLD = 64;

/** The times of one caller's counted requests, the oldest first from `head`. */
interface RequestLog {
  times: number[];
  head: number;
}

/** Counts the requests that this process alone sees. */
export class InProcessRateLimiter implements RateLimiter {
  readonly #logs = new Map<string, RequestLog>();
  readonly #limit: number;
  readonly #now: () => number;

  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  take(caller: string): Promise<RateLimitVerdict> {
    const now = this.#now();
    const log = this.#touch(caller);
    while (log.head < log.times.length && log.times[log.head]! <= now - RATE_LIMIT_WINDOW_MS) {
      log.head++;
    }
    if (log.head > COMPACTION_THRESHOLD && log.head * 2 > log.times.length) {
      log.times = log.times.slice(log.head);
      log.head = 0;
    }
    const allowed = log.times.length - log.head < this.#limit;
    if (allowed) log.times.push(now);
    const oldest = log.times[log.head] ?? now;
    return Promise.resolve({
      allowed,
      limit: this.#limit,
      remaining: this.#limit - (log.times.length - log.head),
      resetAfterMs: oldest + RATE_LIMIT_WINDOW_MS - now,
    });
  }

  /** The caller's log, moved to the young end of the map. */
  #touch(caller: string): RequestLog {
    const log = this.#logs.get(caller) ?? { times: [], head: 0 };
    this.#logs.delete(caller);
    this.#logs.set(caller, log);
    if (this.#logs.size > MAX_REMEMBERED_CALLERS) {
      const [oldest] = this.#logs.keys();
      if (oldest !== undefined) this.#logs.delete(oldest);
    }
    return log;
  }
}
