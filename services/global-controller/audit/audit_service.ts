import type { Database } from "../../../db/connection.ts";
import type { ReadRouting } from "../../../db/read_routing.ts";
import { unavailable } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { type ChainVerdict, verifyChain } from "./chain_verifier.ts";
import { writeAuditLine } from "./audit_messages.ts";
import { PostgresAuditReader } from "./postgres_audit_reader.ts";

/** Verifications at a time in this process: each keeps a connection and a snapshot. */
const MAX_VERIFICATIONS = 2;
/** Lines of an export that travel together. */
const LINES_IN_A_CHUNK = 100;

/** What a list of the log is narrowed to. */
export interface AuditFilter {
  readonly action?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
}

/** What the routes of the audit log do. */
export class AuditService {
  readonly #reader: PostgresAuditReader;
  readonly #reads: ReadRouting;
  #verifications = 0;

  /** @param reads for lists; what is exported and verified is the primary's. */
  constructor(sql: Database, reads: ReadRouting) {
    this.#reader = new PostgresAuditReader(sql);
    this.#reads = reads;
  }

  /** A page of an organisation's rows, the newest first. */
  async list(organisationId: string, filter: AuditFilter, { limit, after }: Page) {
    const rows = await this.#reads.read((sql) =>
      new PostgresAuditReader(sql).rows(organisationId, {
        ...filter,
        limit: limit + 1,
        after: after && Number(after.id),
        newestFirst: true,
      })
    );
    return pageOf(rows, limit, (row) => ({ time: row.occurredAt, id: String(row.sequence) }));
  }

  /**
   * The rows of a period up to now, in order, as newline-delimited JSON. Read as slowly as it is
   * consumed; between two reads it holds no connection.
   */
  async export(
    organisationId: string,
    period: Pick<AuditFilter, "from" | "to">,
  ): Promise<ReadableStream<Uint8Array>> {
    const { lastSequence } = await this.#reader.chain(organisationId);
    return ReadableStream.from(this.#lines(organisationId, { ...period, upTo: lastSequence }))
      .pipeThrough(new TextEncoderStream());
  }

  /**
   * Reads the whole chain and names the first row that is not as it was written.
   *
   * @throws {ApiError} SERVICE_UNAVAILABLE while as many verifications as may run do.
   */
  async verify(organisationId: string): Promise<ChainVerdict> {
    if (this.#verifications >= MAX_VERIFICATIONS) {
      throw unavailable("other verifications are running");
    }
    this.#verifications++;
    try {
      return await this.#reader.readChain(organisationId, verifyChain);
    } finally {
      this.#verifications--;
    }
  }

  async *#lines(
    organisationId: string,
    query: { from?: string; to?: string; upTo: number },
  ): AsyncGenerator<string> {
    let lines: string[] = [];
    for await (const row of this.#reader.allRows(organisationId, query)) {
      lines.push(writeAuditLine(row));
      if (lines.length < LINES_IN_A_CHUNK) continue;
      yield lines.join("");
      lines = [];
    }
    if (lines.length > 0) yield lines.join("");
  }
}
