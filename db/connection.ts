import postgres from "postgres";

/** Connections that one process keeps open at most. */
const MAX_CONNECTIONS = 10;
/** How long a new connection may take, seconds. */
const CONNECT_TIMEOUT_S = 5;
/** Longest wait between two attempts to connect, seconds: the database is back soon. */
const RECONNECT_LIMIT_S = 0.5;
const RECONNECT_START_S = 0.02;
/** The server gives up on a statement after this time, milliseconds. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** A pool of connections to one database. */
export type Database = postgres.Sql;

/**
 * A pool of connections to the database behind `databaseUrl`; connects at the first query.
 *
 * @param statementTimeoutMs after which the server gives up on a statement.
 */
export function connectDatabase(
  databaseUrl: string,
  applicationName: string,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
): Database {
  return postgres(databaseUrl, {
    max: MAX_CONNECTIONS,
    connect_timeout: CONNECT_TIMEOUT_S,
    backoff: (retries) => Math.min(RECONNECT_START_S * 2 ** retries, RECONNECT_LIMIT_S),
    onnotice: () => {},
    connection: {
      application_name: applicationName,
      statement_timeout: statementTimeoutMs,
    },
  });
}

const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  // PostgreSQL: shutting down, crashed, starting up, too many connections
  "57P01",
  "57P02",
  "57P03",
  "53300",
]);

/** Whether a query failed because the database cannot be reached now; it may succeed later. */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnreachable);
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    UNREACHABLE_CODES.has(error.code);
}
