/**
 * Runs a PostgreSQL server for tests apart from them: what it reads of the server's log belongs to
 * no test. Posts the server's URL, and "stopped" after the message "stop".
 */
/// <reference lib="deno.worker" />
import { startTestPostgres } from "./test_postgres.ts";

const server = await startTestPostgres();
self.onmessage = async () => {
  await server.stop();
  self.postMessage("stopped");
};
self.postMessage(server.url);
