import type { Database } from "../../../db/connection.ts";
import type { ReadRouting } from "../../../db/read_routing.ts";
import { unavailable } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { type ChainVerdict, verifyChain } from "./chain_verifier.ts";
import { writeAuditLine } from "./audit_messages.ts";
import { PostgresAuditReader } from "./postgres_audit_reader.ts";

/** Verifications at a time in this process: each keeps a connection and a snapshot. */
const MAX_VERIFICATIONS = 2;
/** Exports that are read at a time in this process, and of one organisation's. */
export const MAX_EXPORTS = 16;
export const MAX_EXPORTS_PER_ORGANISATION = 2;
/** How long an export may take to be read, milliseconds: who reads slowly holds hundreds of rows. */
export const EXPORT_DEADLINE_MS = 15 * 60_000;
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
  readonly #exportDeadlineMs: number;
  #verifications = 0;
  /** Organisations, once for each export that is being read. */
  readonly #exports: string[] = [];

  /** @param reads for lists; what is exported and verified is the primary's. */
  constructor(sql: Database, reads: ReadRouting, exportDeadlineMs: number = EXPORT_DEADLINE_MS) {
    this.#reader = new PostgresAuditReader(sql);
    this.#reads = reads;
    this.#exportDeadlineMs = exportDeadlineMs;
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
   * consumed; between two reads it holds no connection. Breaks off after EXPORT_DEADLINE_MS.
   *
   * @throws {ApiError} SERVICE_UNAVAILABLE while as many exports are read as may be.
   */
  async export(
    organisationId: string,
    period: Pick<AuditFilter, "from" | "to">,
  ): Promise<ReadableStream<Uint8Array>> {
    const end = this.#beginExport(organisationId);
    try {
      const { lastSequence } = await this.#reader.chain(organisationId);
      return this.#stream(this.#lines(organisationId, { ...period, upTo: lastSequence }), end);
    } catch (error) {
      end();
      throw error;
    }
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

  /** @returns what makes room again; the first call counts. */
  #beginExport(organisationId: string): () => void {
    const own = this.#exports.filter((other) => other === organisationId).length;
    if (this.#exports.length >= MAX_EXPORTS || own >= MAX_EXPORTS_PER_ORGANISATION) {
      throw unavailable("other exports are being read");
    }
    this.#exports.push(organisationId);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#exports.splice(this.#exports.indexOf(organisationId), 1);
    };
  }

  /** Reads `lines` on demand. @param end called once, however it ends. */
  #stream(lines: AsyncGenerator<string>, end: () => void): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = async () => {
      clearTimeout(timer);
      end();
      await lines.return(undefined);
    };
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        timer = setTimeout(() => {
          controller.error(new Error("the export was read too slowly"));
          void finish();
        }, this.#exportDeadlineMs);
        Deno.unrefTimer(timer);
      },
      async pull(controller) {
        try {
          const { done, value } = await lines.next();
          if (!done) return controller.enqueue(encoder.encode(value));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        await finish();
      },
      cancel: finish,
    }, { highWaterMark: 0 });
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
