import { AsyncLocalStorage } from "node:async_hooks";
import type { Database } from "./connection.ts";

/**
 * Says where reads go that may be a little old: lists and history. What a write answers, and what a
 * decision rests on, is read from the primary without asking here.
 */
export interface ReadRouting {
  /** Runs `query`, which only reads, on a database that is fresh enough; perhaps twice. */
  read<Result>(query: (sql: Database) => Promise<Result>): Promise<Result>;
}

/** Where there is no replica. */
export class PrimaryReads implements ReadRouting {
  readonly #primary: Database;

  constructor(primary: Database) {
    this.#primary = primary;
  }

  read<Result>(query: (sql: Database) => Promise<Result>): Promise<Result> {
    return query(this.#primary);
  }
}

const freshness = new AsyncLocalStorage<true>();

/** Runs `act` with all its reads from the primary, those of what it calls included. */
export function withFreshReads<Result>(act: () => Result): Result {
  return freshness.run(true, act);
}

/** Whether this is called within `withFreshReads`. */
export function needsFreshReads(): boolean {
  return freshness.getStore() === true;
}
