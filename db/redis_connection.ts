import { Redis } from "ioredis";

/** How long a command may take, milliseconds: a request waits for it. */
export const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 2_000;
/** Longest wait between two attempts to connect, milliseconds. */
const RECONNECT_LIMIT_MS = 2_000;
const RECONNECT_STEP_MS = 100;

/** A connection that fails at once while Redis is away, and comes back by itself. */
export function connectRedis(url: string): Redis {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_LIMIT_MS),
  });
  // Whoever sends a command learns of it; without a listener the error would end the process.
  redis.on("error", () => {});
  return redis;
}
