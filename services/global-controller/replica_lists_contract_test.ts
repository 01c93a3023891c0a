import assert from "node:assert/strict";
import { connectDatabase } from "../../db/connection.ts";
import { ReplicaReads } from "../../db/replica_reads.ts";
import { startTestReplication } from "../../db/test_replication.ts";
import { createLogger } from "../runtime/log.ts";
import { issueAccessToken } from "./auth/token/access_token.ts";
import { composeTestApi } from "./testing/test_api.ts";
import { createTestTenant } from "./testing/test_tenant.ts";

/** A hundredth of a second each. */
const MAX_TRIES = 1_000;

Deno.test("lists come from the replica, and whoever has just written sees it in them", async () => {
  await using servers = await startTestReplication();
  const primary = connectDatabase(servers.primary.url, "test");
  const replica = connectDatabase(servers.replica.url, "test");
  try {
    const log = createLogger("test");
    // A clock that stands still: the replica stays as fresh as it was found.
    const replicaReads = new ReplicaReads({ primary, replica, log, nowMs: () => 0 });
    const api = await composeTestApi(primary, { replicaReads });
    const acme = await createTestTenant(primary, "acme");
    const authorization = `Bearer ${await issueAccessToken(api.keys, acme.client)}`;
    const call = async (method: string, path: string, headers: Record<string, string> = {}) =>
      await api.app.request(path, {
        method,
        headers: { authorization, "content-type": "application/json", ...headers },
        body: method === "GET" ? undefined : "{}",
      }, { clientAddress: "192.0.2.1" });
    const exports = async (headers?: Record<string, string>) => {
      const response = await call("GET", "/api/v1/audit-log?action=audit.exported", headers);
      assert.equal(response.status, 200, await response.clone().text());
      return (await response.json()).audit_log.length;
    };

    // Stops what the replica shows here, at a state that has the tenant.
    const [end] = await primary<{ lsn: string }[]>`SELECT pg_current_wal_insert_lsn()::text AS lsn`;
    let stopped = false;
    for (let tries = 0; tries < MAX_TRIES && !stopped; tries++) {
      const [row] = await replica<{ reached: boolean }[]>`
        SELECT pg_last_wal_replay_lsn() >= ${end!.lsn}::text::pg_lsn AS reached, pg_sleep(0.01)`;
      stopped = row!.reached;
    }
    assert.ok(stopped, "the replica follows");
    assert.equal(await exports(), 0);
    await replica`SELECT pg_wal_replay_pause()`;
    await (await call("GET", "/api/v1/audit-log/export")).text();

    assert.equal(await exports(), 0, "the replica does not have it yet");
    assert.equal(await exports({ "cache-control": "no-cache" }), 1);
    const written = await call("POST", "/api/v1/audit-log/verify");
    const cookie = written.headers.get("set-cookie")!.split(";")[0]!;
    assert.equal(await exports({ cookie }), 1);
  } finally {
    await Promise.all([primary.end({ timeout: 1 }), replica.end({ timeout: 1 })]);
  }
});
