import postgres from "postgres";
import { lastingPool } from "./postgres_pool.ts";
import { outliveLostConnections } from "./unawaited_failures.ts";
import { socketOpener } from "./postgres_socket.ts";

export { isDatabaseUnreachable } from "./unreachable.ts";

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
  outliveLostConnections();
  return lastingPool((hooks) =>
    postgres(databaseUrl, {
      max: MAX_CONNECTIONS,
      connect_timeout: CONNECT_TIMEOUT_S,
      // A connection that closes is a sign that the server went.
      max_lifetime: null,
      backoff: (retries) => Math.min(RECONNECT_START_S * 2 ** retries, RECONNECT_LIMIT_S),
      onnotice: () => {},
      ...hooks,
      // Its type leaves the option out, which its documentation names.
      ...{ socket: socketOpener() },
      connection: {
        application_name: applicationName,
        statement_timeout: statementTimeoutMs,
      },
    })
  );
}
