import type { Database } from "../../../db/connection.ts";
import { DatabaseWithDeadline, isDatabaseAway } from "../database/database_with_deadline.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { OwnershipUnavailableError } from "./meeting_ownership.ts";
import type { Attempt, OwnerTable } from "./owner_table.ts";

/** How long after its end a lease is deleted, seconds: until then people can look at it. */
const SWEPT_AFTER_S = 3_600;
/** Leases that one sweep deletes at most. */
const MAX_SWEPT = 16;
/** A renewal that takes longer is given up, milliseconds: the next one is due. */
const RENEWAL_LIMIT_MS = 1_000;

interface LeaseRow {
  readonly meeting_ids: string[];
  readonly epochs: string[];
}

interface AttemptRow {
  readonly outcome: Attempt["outcome"];
  readonly owner_epoch: string | null;
  readonly owner_id: string | null;
  readonly owner_endpoint: string | null;
  readonly owner_hashes: string[] | null;
}

/**
 * Leases and owners in PostgreSQL (db/migrations/0012_meeting_owners.sql), by whose clock alone a
 * lease runs out.
 */
export class PostgresOwnerTable implements OwnerTable {
  readonly #database: DatabaseWithDeadline;
  /** Its own connection: a renewal never waits behind a thousand takeovers. */
  readonly #renewals: DatabaseWithDeadline;

  constructor(databaseUrl: string) {
    this.#database = new DatabaseWithDeadline(databaseUrl, "meeting-controller");
    this.#renewals = new DatabaseWithDeadline(
      databaseUrl,
      "meeting-controller leases",
      RENEWAL_LIMIT_MS,
    );
  }

  async renew(place: ControllerPlace, lifetimeMs: number): Promise<ReadonlyMap<string, bigint>> {
    const hashes = place.certificateHashes.map((hash) => hash.toBase64());
    const [row] = await ask(this.#renewals, (sql) =>
      sql<LeaseRow[]>`
        SELECT * FROM renew_lease(
          ${place.controllerId}, ${place.endpoint}, ${hashes}, ${lifetimeMs})`);
    const { meeting_ids: meetingIds, epochs } = row!;
    return new Map(meetingIds.map((meetingId, index) => [meetingId, BigInt(epochs[index]!)]));
  }

  async acquire(
    meetingId: string,
    controllerId: string,
    knownEpoch: bigint | undefined,
  ): Promise<Attempt> {
    const known = knownEpoch?.toString() ?? null;
    const [row] = await ask(this.#database, (sql) =>
      sql<AttemptRow[]>`
        SELECT * FROM acquire_meeting(${meetingId}, ${controllerId}, ${known}::bigint)`);
    return attemptOf(row!);
  }

  async release(meetingId: string, controllerId: string, epoch: bigint): Promise<void> {
    await ask(this.#database, (sql) =>
      sql`
        UPDATE meeting_owners SET controller_id = NULL
        WHERE meeting_id = ${meetingId} AND controller_id = ${controllerId}
          AND epoch = ${epoch.toString()}::bigint`);
  }

  async depart(controllerId: string): Promise<void> {
    await ask(this.#database, (sql) =>
      sql`
        DELETE FROM controller_leases WHERE controller_id = ${controllerId}`);
  }

  async sweep(): Promise<void> {
    await ask(this.#database, (sql) =>
      sql`
        DELETE FROM controller_leases WHERE controller_id IN (
          SELECT controller_id FROM controller_leases
          WHERE expires_at < clock_timestamp() - ${SWEPT_AFTER_S} * interval '1 second'
          ORDER BY expires_at LIMIT ${MAX_SWEPT} FOR UPDATE SKIP LOCKED)`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#database[Symbol.asyncDispose](),
      this.#renewals[Symbol.asyncDispose](),
    ]);
  }
}

/** The code of a broken foreign key: our lease is gone, so nothing of it may be relied on. */
const LEASE_GONE_CODE = "23503";

async function ask<Answer>(
  database: DatabaseWithDeadline,
  query: (sql: Database) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await database.run(query);
  } catch (error) {
    const leaseGone = error instanceof Error && "code" in error && error.code === LEASE_GONE_CODE;
    if (!leaseGone && !isDatabaseAway(error)) throw error;
    throw new OwnershipUnavailableError("the database is away", { cause: error });
  }
}

function attemptOf(row: AttemptRow): Attempt {
  switch (row.outcome) {
    case "owned":
      return { outcome: "owned", epoch: BigInt(row.owner_epoch!) };
    case "elsewhere":
      return {
        outcome: "elsewhere",
        controller: {
          controllerId: row.owner_id!,
          endpoint: row.owner_endpoint!,
          certificateHashes: row.owner_hashes!.map((hash) => Uint8Array.fromBase64(hash)),
        },
      };
    default:
      return { outcome: row.outcome };
  }
}
