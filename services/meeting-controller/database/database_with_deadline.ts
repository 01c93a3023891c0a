import { connectDatabase, type Database, isDatabaseUnreachable } from "../../../db/connection.ts";

/** The server gives up on a statement after this time, milliseconds: it waits for a lock. */
const STATEMENT_TIMEOUT_MS = 1_000;
/** After this time nothing more is expected of a connection, milliseconds. */
const ANSWER_LIMIT_MS = 1_500;

/** PostgreSQL gave up on a statement, or on a transaction that stood in another's way. */
const GAVE_UP_CODES: ReadonlySet<string> = new Set(["57014", "40P01", "40001", "55P03"]);

/** The database did not answer in time; what was asked of it may have been done, or be done yet. */
export class DatabaseSilentError extends Error {
  override readonly name = "DatabaseSilentError";
}

/**
 * Connections to PostgreSQL for whom a late answer is none. Packets that a network swallows are sent
 * again after ever longer waits, so a connection that kept silent is given up together with its
 * siblings, and the next query has a new one.
 */
export class DatabaseWithDeadline implements AsyncDisposable {
  readonly #connect: () => Database;
  readonly #answerLimitMs: number;
  /** Connections that kept silent and are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #sql: Database;

  /** Connects at the first query. */
  constructor(databaseUrl: string, applicationName: string, answerLimitMs = ANSWER_LIMIT_MS) {
    this.#connect = () => connectDatabase(databaseUrl, applicationName, STATEMENT_TIMEOUT_MS);
    this.#answerLimitMs = answerLimitMs;
    this.#sql = this.#connect();
  }

  /**
   * What `query` answers, a single statement: nobody has to wait for the locks of one who was
   * stopped in the middle of a transaction.
   *
   * @throws {DatabaseSilentError}
   */
  async run<Answer>(query: (sql: Database) => Promise<Answer>): Promise<Answer> {
    const sql = this.#sql;
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#replace(sql);
      reject(new DatabaseSilentError("no answer from the database"));
    }, this.#answerLimitMs);
    try {
      return await Promise.race([query(sql), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: this.#answerLimitMs / 1_000 });
    await Promise.all(this.#closing);
  }

  #replace(silent: Database): void {
    if (this.#sql !== silent) return;
    this.#sql = this.#connect();
    const closing = silent.end({ timeout: 0 }).catch(() => undefined).finally(() => {
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
  }
}

/** Whether a query failed for now, and may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof DatabaseSilentError || isDatabaseUnreachable(error) ||
    error instanceof Error && "code" in error && GAVE_UP_CODES.has(String(error.code));
}
