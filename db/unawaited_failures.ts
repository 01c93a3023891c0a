/** Failures of connections, which may turn up where nobody waits for them. */
const failures = new WeakSet<object>();
/** Codes of failures that postgres makes itself when a connection is lost. */
const LOST_CODE = /^CONNECTION_/;

/** Notes that a connection failed with `error`, which is told to all queries on it. */
export function noteConnectionFailure(error: Error): void {
  failures.add(error);
}

/**
 * From now on a connection to the database that fails does not end the process where nobody waits for
 * it: postgres 3.4.9 waits for nothing when it asks a new connection for the types of arrays
 * (connection.js, `ReadyForQuery`). Everybody else who asked is told. Once for each process.
 */
export function outliveLostConnections(): void {
  globalThis.removeEventListener("unhandledrejection", ignoreLostConnection);
  globalThis.addEventListener("unhandledrejection", ignoreLostConnection);
}

function ignoreLostConnection(event: PromiseRejectionEvent): void {
  const { reason } = event;
  if (typeof reason !== "object" || reason === null) return;
  if (failures.has(reason) || LOST_CODE.test(String(reason.code))) event.preventDefault();
}
