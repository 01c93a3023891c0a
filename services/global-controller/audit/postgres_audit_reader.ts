import type postgres from "postgres";
import type { AuditChain } from "./audit_chain.ts";
import { type AuditRow, GENESIS_HASH } from "./audit_row.ts";

/** Rows that one fetch of a whole chain brings into memory. */
const FETCH_SIZE = 500;

interface Row {
  readonly organisation_id: string;
  readonly sequence: string;
  readonly occurred_text: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly details_text: string;
  readonly request_id: string | null;
  readonly address: string | null;
  readonly previous_hash: string;
  readonly row_hash: string;
}

/** Which rows of a chain to read. */
export interface AuditQuery {
  readonly limit: number;
  readonly action?: string;
  readonly actor?: string;
  /** The first instant, RFC 3339. */
  readonly from?: string;
  /** The instant behind the last one, RFC 3339. */
  readonly to?: string;
  /** Rows behind this one in the order. */
  readonly after?: number;
  /** Rows up to this one. */
  readonly upTo?: number;
  readonly newestFirst?: boolean;
}

/** Reads the audit log of PostgreSQL. */
export class PostgresAuditReader {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** At most `limit` rows of one chain, by default from the first one on. */
  async rows(organisationId: string, query: AuditQuery): Promise<AuditRow[]> {
    const sql = this.#sql;
    const { action, actor, from, to, after, upTo, newestFirst = false } = query;
    const rows = await sql<Row[]>`
      SELECT ${columns(sql)} FROM audit_log
      WHERE organisation_id = ${organisationId}
        ${action === undefined ? sql`` : sql`AND action = ${action}`}
        ${actor === undefined ? sql`` : sql`AND actor = ${actor}`}
        ${from === undefined ? sql`` : sql`AND occurred_at >= ${from}::text::timestamptz`}
        ${to === undefined ? sql`` : sql`AND occurred_at < ${to}::text::timestamptz`}
        ${upTo === undefined ? sql`` : sql`AND sequence <= ${upTo}`}
        ${
      after === undefined
        ? sql``
        : newestFirst
        ? sql`AND sequence < ${after}`
        : sql`AND sequence > ${after}`
    }
      ORDER BY sequence ${newestFirst ? sql`DESC` : sql``} LIMIT ${query.limit}`;
    return rows.map(rowOf);
  }

  /** Rows of one chain from the first that fits on, in order, a bounded number at a time. */
  async *allRows(
    organisationId: string,
    query: Pick<AuditQuery, "from" | "to" | "upTo">,
  ): AsyncGenerator<AuditRow> {
    let after = 0;
    while (true) {
      const rows = await this.rows(organisationId, { ...query, after, limit: FETCH_SIZE });
      yield* rows;
      if (rows.length < FETCH_SIZE) return;
      after = rows.at(-1)!.sequence;
    }
  }

  /** Where the chain begins and ends now; one that has no rows begins and ends at 0. */
  async chain(organisationId: string): Promise<AuditChain> {
    return await readEnds(this.#sql, organisationId);
  }

  /** The organisations that have a chain, or rows without one. */
  async chains(): Promise<string[]> {
    // The recursion skips from one organisation to the next in the index.
    const rows = await this.#sql<{ organisation_id: string }[]>`
      WITH RECURSIVE listed AS (
        (SELECT organisation_id FROM audit_log ORDER BY organisation_id LIMIT 1)
        UNION ALL
        SELECT (SELECT l.organisation_id FROM audit_log l
          WHERE l.organisation_id > listed.organisation_id ORDER BY l.organisation_id LIMIT 1)
        FROM listed WHERE listed.organisation_id IS NOT NULL
      )
      SELECT organisation_id FROM listed WHERE organisation_id IS NOT NULL
      UNION SELECT organisation_id FROM audit_chains
      ORDER BY organisation_id`;
    return rows.map(({ organisation_id }) => organisation_id);
  }

  /** The id of the organisation with this slug. */
  async organisationNamed(slug: string): Promise<string | undefined> {
    const [row] = await this.#sql<{ organisation_id: string }[]>`
      SELECT organisation_id FROM organisations WHERE slug = ${slug}`;
    return row?.organisation_id;
  }

  /** Passes one snapshot of a whole chain, its ends and all its rows in order, to `act`. */
  async readChain<Result>(
    organisationId: string,
    act: (chain: AuditChain, rows: AsyncIterable<AuditRow>) => Promise<Result>,
  ): Promise<Result> {
    const result = await this.#sql.begin(
      "ISOLATION LEVEL REPEATABLE READ READ ONLY",
      async (transaction) => {
        const chain = await readEnds(transaction, organisationId);
        const rows = transaction<Row[]>`
          SELECT ${columns(transaction)} FROM audit_log WHERE organisation_id = ${organisationId}
          ORDER BY sequence, occurred_at`.cursor(FETCH_SIZE);
        return { value: await act(chain, flattened(rows)) };
      },
    );
    return result.value;
  }
}

async function readEnds(sql: postgres.ISql, organisationId: string): Promise<AuditChain> {
  const [row] = await sql<
    { last: string; last_hash: string; anchor: string; anchor_hash: string }[]
  >`
    SELECT last_sequence AS last, encode(last_hash, 'hex') AS last_hash,
      anchor_sequence AS anchor, encode(anchor_hash, 'hex') AS anchor_hash
    FROM audit_chains WHERE organisation_id = ${organisationId}`;
  return {
    organisationId,
    lastSequence: Number(row?.last ?? 0),
    lastHash: row?.last_hash ?? GENESIS_HASH,
    anchorSequence: Number(row?.anchor ?? 0),
    anchorHash: row?.anchor_hash ?? GENESIS_HASH,
  };
}

/** Column aliases differ from the columns, or ORDER BY would sort by the texts. */
function columns(sql: postgres.ISql) {
  return sql`
    organisation_id, sequence, actor, action, target, request_id, address,
    to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS occurred_text,
    details::text AS details_text, encode(previous_hash, 'hex') AS previous_hash,
    encode(row_hash, 'hex') AS row_hash`;
}

async function* flattened(batches: AsyncIterable<Row[]>): AsyncGenerator<AuditRow> {
  for await (const batch of batches) {
    for (const row of batch) yield rowOf(row);
  }
}

function rowOf(row: Row): AuditRow {
  return {
    organisationId: row.organisation_id,
    sequence: Number(row.sequence),
    occurredAt: row.occurred_text,
    actor: row.actor,
    action: row.action,
    target: row.target,
    details: row.details_text,
    requestId: row.request_id,
    address: row.address,
    previousHash: row.previous_hash,
    rowHash: row.row_hash,
  };
}
