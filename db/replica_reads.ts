import type { Database } from "./connection.ts";
import { needsFreshReads, type ReadRouting } from "./read_routing.ts";
import { ReplicaLag } from "./replica_lag.ts";

/** A replica that may be older than this is not read, milliseconds. */
export const MAX_REPLICA_LAG_MS = 3_000;
/** How long what was found of a replica holds, milliseconds. */
export const REPLICA_CHECK_INTERVAL_MS = 1_000;
/** How long a look at both databases may take, milliseconds. */
const CHECK_DEADLINE_MS = 500;
/** How long a read may take on the replica before the primary is asked, milliseconds. */
const READ_DEADLINE_MS = 2_000;

/** Told when reads move from one database to the other. */
export interface ReplicaLog {
  info(event: string, fields: Record<string, unknown>): void;
  warn(event: string, fields: Record<string, unknown>): void;
}

/**
 * Reads from a streaming replica while it answers and is at most `MAX_REPLICA_LAG_MS` behind, from
 * the primary otherwise. A read that fails on the replica is done again on the primary.
 */
export class ReplicaReads implements ReadRouting {
  readonly #primary: Database;
  readonly #replica: Database;
  readonly #log: ReplicaLog;
  readonly #nowMs: () => number;
  readonly #lag = new ReplicaLag();
  #usable = false;
  #checkedAtMs = -Infinity;
  #check: Promise<void> | undefined;

  /** @param nowMs a monotonic clock. */
  constructor(options: {
    primary: Database;
    replica: Database;
    log: ReplicaLog;
    nowMs?: () => number;
  }) {
    this.#primary = options.primary;
    this.#replica = options.replica;
    this.#log = options.log;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async read<Result>(query: (sql: Database) => Promise<Result>): Promise<Result> {
    if (needsFreshReads() || !(await this.#isUsable())) return await query(this.#primary);
    try {
      return await within(READ_DEADLINE_MS, query(this.#replica));
    } catch (error) {
      // Also what is wrong with the query itself, which the primary then says.
      this.#setUsable(false, { error });
      return await query(this.#primary);
    }
  }

  async #isUsable(): Promise<boolean> {
    if (this.#nowMs() - this.#checkedAtMs >= REPLICA_CHECK_INTERVAL_MS) {
      this.#check ??= this.#look().finally(() => this.#check = undefined);
      await this.#check;
    }
    return this.#usable;
  }

  async #look(): Promise<void> {
    try {
      const lagMs = await within(CHECK_DEADLINE_MS, this.#measureLag());
      this.#setUsable(lagMs <= MAX_REPLICA_LAG_MS, { lagMs });
    } catch (error) {
      this.#setUsable(false, { error });
    }
  }

  async #measureLag(): Promise<number> {
    const [primary] = await this.#primary<{ position: string }[]>`
      SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text AS position`;
    this.#lag.primaryAt(this.#nowMs(), BigInt(primary!.position));
    // Null on a server that is no replica any more.
    const [replica] = await this.#replica<{ position: string | null }[]>`
      SELECT CASE WHEN pg_is_in_recovery()
        THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::text END AS position`;
    const position = replica!.position;
    return position === null ? Infinity : this.#lag.lagMs(this.#nowMs(), BigInt(position));
  }

  #setUsable(usable: boolean, found: Record<string, unknown>): void {
    this.#checkedAtMs = this.#nowMs();
    if (usable === this.#usable) return;
    this.#usable = usable;
    if (usable) this.#log.info("lists are read from the replica", found);
    else this.#log.warn("lists are read from the primary", found);
  }
}

/** What `work` brings, or a rejection after `deadlineMs`; `work` itself goes on to its end. */
async function within<Result>(deadlineMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("the replica is slow")), deadlineMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
