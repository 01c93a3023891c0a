import { Redis } from "ioredis";
import { REDIS_EXECUTABLES, startLocalRedis } from "../../../db/local_redis.ts";

/** A real Redis for one test. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when `count` of the keys that matched `pattern` have expired. */
  waitUntilExpired(pattern: string, count: number): Promise<void>;
}

/**
 * Starts the Redis server from PATH.
 *
 * @throws {Error} when there is none.
 */
export async function startRedis(): Promise<RedisServer> {
  const server = await startLocalRedis();
  if (server === undefined) throw new Error(`PATH has none of ${REDIS_EXECUTABLES.join(", ")}`);
  let stopped = false;
  return {
    url: server.url,
    async waitUntilExpired(pattern, count) {
      const redis = new Redis(server.url);
      redis.on("error", () => undefined);
      const before = (await redis.keys(pattern)).length;
      // KEYS leaves out what has expired: asking again is all the waiting there is.
      while ((await redis.keys(pattern)).length > before - count);
      redis.disconnect();
    },
    async [Symbol.asyncDispose]() {
      if (stopped) return;
      stopped = true;
      await server.stop("SIGKILL");
    },
  };
}
