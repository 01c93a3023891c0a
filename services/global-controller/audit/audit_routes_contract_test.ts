import assert from "node:assert/strict";
import { PrimaryReads } from "../../../db/read_routing.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import { parseAuditExport } from "./audit_export.ts";
import { AuditService, MAX_EXPORTS_PER_ORGANISATION } from "./audit_service.ts";
import { verifyExtract } from "./chain_verifier.ts";
import { PostgresAuditLog } from "./postgres_audit_log.ts";

const databases = testDatabases();
const PATH = "/api/v1/audit-log";

/** Records `count` rows of two actions by two actors in turn. */
async function record(api: TestApi, organisationId: string, count: number): Promise<void> {
  const log = new PostgresAuditLog(api.sql);
  for (let n = 1; n <= count; n++) {
    await log.record({
      organisationId,
      actor: n % 2 === 0 ? "user:even" : "user:odd",
      action: n % 3 === 0 ? "meeting.ended" : "meeting.created",
      target: `meeting:${n}`,
      details: { n },
    });
  }
}

async function targets(response: Response): Promise<string[]> {
  assert.equal(response.status, 200);
  const { audit_log } = await response.json();
  return audit_log.map(({ target }: { target: string }) => target);
}

Deno.test("the log is read in pages, the newest row first", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 5);
  const first = await (await api.request("GET", `${PATH}?limit=3`, { as: acme.owner })).json();
  assert.deepEqual(first.audit_log.map((row: { sequence: number }) => row.sequence), [5, 4, 3]);
  assert.deepEqual(first.audit_log[0].details, { n: 5 });
  const next = `${PATH}?limit=3&cursor=${first.next_cursor}`;
  const second = await (await api.request("GET", next, { as: acme.owner })).json();
  assert.deepEqual(second.audit_log.map((row: { sequence: number }) => row.sequence), [2, 1]);
  assert.equal(second.next_cursor, null);
});

Deno.test("action, actor and period narrow the log", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 6);
  const list = async (query: string) =>
    await targets(await api.request("GET", `${PATH}?${query}`, { as: acme.admin }));
  assert.deepEqual(await list("action=meeting.ended"), ["meeting:6", "meeting:3"]);
  assert.deepEqual(await list("action=meeting.ended&actor=user:odd"), ["meeting:3"]);
  assert.deepEqual(await list("from=2100-01-01T00:00:00Z"), []);
  assert.deepEqual(await list("to=2000-01-01T00:00:00%2B02:00"), []);
  assert.equal((await list("from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")).length, 6);
  for (const wrong of ["from=yesterday", "limit=0", "cursor=x", "actor=%00"]) {
    await assertError(
      await api.request("GET", `${PATH}?${wrong}`, { as: acme.admin }),
      400,
      "INVALID_REQUEST",
    );
  }
});

Deno.test("an export holds every row, can be verified without the server, and is itself told", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 1_200);
  const response = await api.request("GET", `${PATH}/export`, { as: acme.client });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const verdict = await verifyExtract(parseAuditExport(response.body!));
  assert.deepEqual(verdict, { valid: true, rows: 1_201 });
  const [newest] = await targets(
    await api.request("GET", `${PATH}?limit=1&action=audit.exported`, { as: acme.client }),
  );
  assert.equal(newest, `organisation:${acme.organisationId}`);
});

Deno.test("an organisation reads a bounded number of exports at a time, and others read theirs", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  const open = (as = acme.admin, method = "GET") => api.request(method, `${PATH}/export`, { as });
  for (let index = 0; index < MAX_EXPORTS_PER_ORGANISATION + 1; index++) {
    assert.equal((await open(acme.admin, "HEAD")).status, 200);
  }
  const held = [];
  for (let index = 0; index < MAX_EXPORTS_PER_ORGANISATION; index++) held.push(await open());
  await assertError(await open(), 503, "SERVICE_UNAVAILABLE");
  const others = await open(other.admin);
  assert.equal(others.status, 200);
  await others.text();
  await held[0]!.body!.cancel();
  await (await open()).text();
  for (const answer of held.slice(1)) await answer.text();
});

Deno.test("an export that nobody reads breaks off, and makes room", async () => {
  await using api = await startTestApi(databases);
  const { organisationId } = await api.tenant("acme");
  const service = new AuditService(api.sql, new PrimaryReads(api.sql), 10);
  const unread = [];
  for (let index = 0; index < MAX_EXPORTS_PER_ORGANISATION; index++) {
    unread.push((await service.export(organisationId, {})).getReader());
  }
  for (const reader of unread) await assert.rejects(reader.closed, /too slowly/);
  await (await service.export(organisationId, {})).cancel();
});

Deno.test("an export whose line was edited shows it", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 5);
  const text = await (await api.request("GET", `${PATH}/export`, { as: acme.client })).text();
  const edited = new Blob([text.replace('"meeting:3"', '"meeting:9"')]).stream();
  const verdict = await verifyExtract(parseAuditExport(edited));
  assert.deepEqual(verdict, {
    valid: false,
    rows: 3,
    firstInvalid: { sequence: 3, fault: "changed" },
  });
});

Deno.test("a reader who goes away in the middle of an export leaves nothing behind", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 700);
  const response = await api.request("GET", `${PATH}/export`, { as: acme.client });
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
});

Deno.test("verifying tells that the chain is valid, and which row is not", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await record(api, acme.organisationId, 4);
  const verify = async () =>
    await (await api.request("POST", `${PATH}/verify`, { as: acme.owner })).json();
  assert.deepEqual(await verify(), { valid: true, rows: 4, first_invalid: null });
  await api.sql.begin(async (sql) => {
    await sql`SET LOCAL session_replication_role = replica`;
    await sql`DELETE FROM audit_log WHERE sequence = 2`;
  });
  assert.deepEqual(await verify(), {
    valid: false,
    rows: 2,
    first_invalid: { sequence: 2, fault: "missing" },
  });
});

Deno.test("only those with audit:read see the log, and only their own organisation's", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  await record(api, acme.organisationId, 2);
  assert.deepEqual(await targets(await api.request("GET", PATH, { as: other.owner })), []);
  const calls = [["GET", PATH], ["GET", `${PATH}/export`], ["POST", `${PATH}/verify`]] as const;
  for (const [method, path] of calls) {
    await assertError(await api.request(method, path), 401, "UNAUTHORIZED");
    await assertError(await api.request(method, path, { as: acme.member }), 403, "FORBIDDEN");
  }
});
