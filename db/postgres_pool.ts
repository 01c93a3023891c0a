import type postgres from "postgres";
import { beginGuarded } from "./postgres_transaction.ts";

/** How long what is under way may take in a pool that is left, milliseconds. */
const LEFT_POOL_LIMIT_MS = 6_000;

/** A pool, and what it has to be told of its connections (options of postgres). */
export interface PoolHooks {
  /** A server answered. */
  onparameter(): void;
  /** A connection closed. */
  onclose(): void;
}

/**
 * A pool of connections that outlives any crash of its server. A connection of postgres 3.4.9 that
 * closes between a query and its next turn of the event loop keeps what it had not written, writes
 * nothing any more, and fails each further query after the time to connect (connection.js, `closed`
 * leaves `chunk` and `nextWriteTimer`). So when a connection of a server that had answered closes,
 * all queries from then on go to a new pool, and the old one may finish.
 */
export function lastingPool(open: (hooks: PoolHooks) => postgres.Sql): postgres.Sql {
  let ended = false;
  const left = new Map<postgres.Sql, ReturnType<typeof setTimeout>>();
  const endLeft = async (pool: postgres.Sql): Promise<void> => {
    clearTimeout(left.get(pool));
    left.delete(pool);
    await pool.end({ timeout: 0 }).catch(() => undefined);
  };
  const openPool = (): postgres.Sql => {
    let hasAnswered = false;
    const pool = open({
      onparameter: () => {
        hasAnswered = true;
      },
      onclose: () => {
        if (!hasAnswered || ended || pool !== current) return;
        current = openPool();
        left.set(pool, setTimeout(() => endLeft(pool), LEFT_POOL_LIMIT_MS));
      },
    });
    return pool;
  };
  let current = openPool();
  const replaced: Partial<Record<PropertyKey, unknown>> = {
    begin: (...args: unknown[]) => {
      const body = args.pop() as Parameters<typeof beginGuarded>[2];
      return beginGuarded(current, String(args[0] ?? ""), body);
    },
    end: async (options?: { timeout?: number }) => {
      ended = true;
      await Promise.all([current.end(options), ...[...left.keys()].map(endLeft)]);
    },
  };
  return new Proxy(current, {
    apply: (_, __, args) => Reflect.apply(current, undefined, args),
    get: (_, key) => replaced[key] ?? Reflect.get(current, key),
  });
}
