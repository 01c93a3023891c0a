import type postgres from "postgres";
import { isDatabaseUnreachable } from "./unreachable.ts";

/** How long the end of a connection is waited for that a failure seems to come from, milliseconds. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * `sql.begin` that leaves a connection alone which closed during the transaction. Version 3.4.9 of
 * postgres sends its `rollback` on the closed connection, where writing throws in a callback of its
 * own (connection.js, `nextWrite`): nobody can catch that, and it ends the process. A transaction
 * whose connection closed is rolled back by the server.
 */
export function beginGuarded<Result>(
  sql: postgres.Sql,
  options: string,
  body: (transaction: postgres.TransactionSql) => Result | Promise<Result>,
): Promise<Result> {
  const closed = Promise.withResolvers<true>();
  const guarded = async (transaction: postgres.TransactionSql): Promise<Result> => {
    try {
      const made = body(transaction);
      return await (Array.isArray(made) ? Promise.all(made) as Promise<Result> : made);
    } catch (error) {
      // A close is told right after the failure that comes from it.
      const limitMs = isDatabaseUnreachable(error) ? CLOSE_LIMIT_MS : 0;
      if (await isSettledWithin(closed.promise, limitMs)) return await new Promise(() => {});
      throw error;
    }
  };
  const transaction = sql.begin(options, guarded);
  // It fails before its body does only when the connection closes.
  transaction.catch(() => closed.resolve(true));
  return transaction as Promise<Result>;
}

async function isSettledWithin(promise: Promise<true>, limitMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
