import { Redis } from "ioredis";
import type { Logger } from "../../runtime/log.ts";
import type { UsedTokenStore } from "./used_token_store.ts";

/** Key of a used token: `dt:used-token:{jti}`, a string that expires with the token. */
const KEY_PREFIX = "dt:used-token:";
/** How long one answer may take, milliseconds. */
export const REDIS_COMMAND_LIMIT_MS = 500;
const RECONNECT_LIMIT_MS = 2_000;

/** In Redis, for all processes that share it. */
export class RedisUsedTokenStore implements UsedTokenStore, AsyncDisposable {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Connects in the background and again whenever the connection is lost; until then `use` rejects
   * at once.
   *
   * @param options.url such as `redis://127.0.0.1:6379`.
   */
  static connect(options: { url: string; log: Logger }): RedisUsedTokenStore {
    const redis = new Redis(options.url, {
      commandTimeout: REDIS_COMMAND_LIMIT_MS,
      connectTimeout: REDIS_COMMAND_LIMIT_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      retryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_LIMIT_MS),
    });
    let away = false;
    redis.on("error", (error) => {
      if (!away) options.log.warn("redis is away", { error });
      away = true;
    });
    redis.on("ready", () => {
      if (away) options.log.info("redis is back");
      away = false;
    });
    return new RedisUsedTokenStore(redis);
  }

  /** Resolves once the connection stands. */
  ready(): Promise<void> {
    if (this.#redis.status === "ready") return Promise.resolve();
    return new Promise((resolve) => this.#redis.once("ready", () => resolve()));
  }

  async use(tokenId: string, lifetimeMs: number): Promise<boolean> {
    const seconds = Math.max(1, Math.ceil(lifetimeMs / 1000));
    return await this.#redis.set(KEY_PREFIX + tokenId, "1", "EX", seconds, "NX") === "OK";
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
    return Promise.resolve();
  }
}
