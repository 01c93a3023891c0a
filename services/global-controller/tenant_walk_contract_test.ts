import assert from "node:assert/strict";
import { testDatabases } from "../../db/test_postgres.ts";
import type { UserCaller } from "./auth/caller.ts";
import { SCOPES, scopesOfRole } from "./auth/scope.ts";
import { startTestApi, type TestApi } from "./testing/test_api.ts";
import {
  type DatabaseRow,
  readRows,
  readTables,
  readTextColumns,
  rowsBeyond,
  tellingTexts,
} from "./testing/tenant_walk/database_rows.ts";
import { fillTenant } from "./testing/tenant_walk/filled_tenant.ts";
import { type Exception, type Walker, walkTenant } from "./testing/tenant_walk/tenant_walk.ts";

const MARK = "acme-private";

const databases = testDatabases();

/** Tables that hold nothing of any organisation's. */
const SHARED_TABLES: ReadonlySet<string> = new Set([
  "controller_leases",
  "media_handlers",
  "meeting_controllers",
  "retention_runs",
  "schema_migrations",
  "signing_keys",
]);

/** Columns that hold none of an organisation's own words. */
const PLAIN_COLUMNS: ReadonlySet<string> = new Set([
  "api_clients.secret_hash",
  "api_keys.prefix",
  "audit_log.action",
  "audit_log.actor",
  "audit_log.address",
  "audit_log.request_id",
  "audit_log.target",
  "invitations.role",
  "join_tokens.role",
  "meeting_roles.role",
  "meetings.code",
  "meetings.guest_host_id",
  "meetings.owner_client_id",
  "meetings.owner_key",
  "meetings.passcode_hash",
  "meetings.region",
  "memberships.role",
  "moderation_actions.action",
  "participants.leave_reason",
  "participants.role",
  "password_resets.role",
  "passwords.hash",
  "recordings.status",
  "webhook_attempts.failure",
  "webhook_deliveries.status",
  "webhook_endpoints.disabled_reason",
  "webhook_events.event_type",
]);

/** What anybody may know and do: with the link of a meeting or a room, or by trying to sign in. */
const FOR_ANYBODY: Readonly<Record<string, Exception>> = {
  "GET /api/v1/meetings/{meeting}": {
    fields: [
      "meeting_id",
      "meeting_code",
      "meeting_url",
      "display_name",
      "participant_count",
      "max_participants",
      "settings",
      "requires",
      "status",
      "scheduled_start",
      "scheduled_end",
      "created_at",
      "meeting_controller_region",
      "meeting_controller_url",
    ],
  },
  "GET /api/v1/meetings/{meeting}/endpoints": {
    fields: ["meeting_id", "meeting_controller_url", "media_handler_url", "certificate_hashes"],
  },
  "POST /api/v1/meetings/{meeting}/join": {
    fields: ["meeting_id", "meeting_code", "display_name", "join_token"],
    adds: ["join_tokens"],
  },
  "GET /api/v1/room-links/{organisation}/{room}": {
    fields: ["display_name", "meeting_code", "meeting_url"],
  },
  // A wrong password is for the audit log of whoever has the account.
  "POST /api/v1/auth/password": {
    fields: [],
    adds: ["audit_log", "audit_chains"],
    changes: ["audit_chains"],
  },
  // There is no such room, as with any other id.
  "POST /api/v1/meetings": { fields: [], isInvalid: true },
};

/** What all of an organisation's members may know of each other. */
const ORGANISATION_TABLES: ReadonlySet<string> = new Set([
  "invitations",
  "memberships",
  "organisations",
  "rooms",
  "users",
]);

/** What members may do in their own organisation. */
const FOR_MEMBERS: Readonly<Record<string, Exception>> = {
  ...FOR_ANYBODY,
  "POST /api/v1/rooms/{room}/meeting": {
    fields: ["meeting_id", "meeting_code", "meeting_url", "display_name"],
  },
};

Deno.test("the organisation of the walk has a row in each table and a mark in each text", async () => {
  await using api = await startTestApi(databases);
  const { rows } = await fill(api);
  const filled = new Set(rows.map(({ table }) => table));
  assert.deepEqual(
    (await readTables(api.sql)).filter((table) => !filled.has(table) && !SHARED_TABLES.has(table)),
    [],
  );
  const marked = new Set(rows.flatMap(markedColumns));
  const texts = (await readTextColumns(api.sql)).filter((name) => filled.has(name.split(".")[0]!));
  assert.deepEqual(texts.filter((name) => !marked.has(name) && !PLAIN_COLUMNS.has(name)), []);
});

Deno.test("another organisation's people and programs neither read nor change anything", async () => {
  await using api = await startTestApi(databases);
  const { tenant, rows, texts } = await fill(api);
  const walkers = await strangers(api);
  const protection = { rows, texts, exceptions: FOR_ANYBODY, hidesExistence: true };
  assert.deepEqual(await walkTenant(api, tenant, walkers, protection), []);
});

Deno.test("a member neither reads nor changes what is private of another member's meetings", async () => {
  await using api = await startTestApi(databases);
  const { tenant, rows, texts } = await fill(api);
  const shared = tellingTexts(rows.filter(({ table }) => ORGANISATION_TABLES.has(table)), MARK);
  const protection = {
    // What the member does rightly is in the organisation's audit log.
    rows: rows.filter(({ table }) => table !== "audit_chains"),
    texts: texts.difference(shared),
    exceptions: FOR_MEMBERS,
    hidesExistence: false,
  };
  const walkers = [{ name: "neighbour", as: await addMember(api, tenant.tenant.organisationId) }];
  assert.deepEqual(await walkTenant(api, tenant, walkers, protection), []);
});

Deno.test("an answer that is kept under one caller's Idempotency-Key is no other caller's", async () => {
  await using api = await startTestApi(databases);
  const { tenant, texts } = await fill(api);
  const headers = { "Idempotency-Key": tenant.idempotencyKey };
  for (const { name, as, key } of await strangers(api)) {
    const authorization: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
    const response = await api.request("POST", "/api/v1/meetings", {
      as,
      body: tenant.idempotentBody,
      headers: { ...headers, ...authorization },
    });
    const answer = (await response.text()).toLowerCase();
    assert.equal(response.status, 201, `${name}: ${answer}`);
    assert.equal(response.headers.get("idempotency-replayed"), null, name);
    assert.deepEqual([...texts].filter((text) => answer.includes(text)), [], name);
  }
});

/** The organisation, and what exists since it does. */
async function fill(api: TestApi) {
  const before = await readRows(api.sql);
  const tenant = await fillTenant(api, MARK);
  const rows = rowsBeyond(await readRows(api.sql), before)
    .filter(({ table }) => !SHARED_TABLES.has(table));
  const texts = tellingTexts(rows, MARK).difference(tellingTexts(before, MARK));
  return { tenant, rows, texts };
}

/** An organisation's owner, administrator, member, API client and API key, and a guest. */
async function strangers(api: TestApi): Promise<Walker[]> {
  const { owner, admin, member, client } = await api.tenant("stranger");
  const body = { name: "Walker", scopes: SCOPES };
  const made = await api.request("POST", "/api/v1/organisation/api-keys", { as: owner, body });
  const { key } = await made.json();
  return [
    { name: "owner", as: owner },
    { name: "admin", as: admin },
    { name: "member", as: member },
    { name: "API client", as: client },
    { name: "API key", key },
    { name: "guest" },
  ];
}

/** A person who comes into the organisation as a member. */
async function addMember({ sql }: TestApi, organisationId: string): Promise<UserCaller> {
  const [user] = await sql`INSERT INTO users (email) VALUES ('neighbour@people.example')
    RETURNING user_id`;
  const userId: string = user!.user_id;
  await sql`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${organisationId}, ${userId}, 'member')`;
  const sessionId = crypto.randomUUID();
  await sql`INSERT INTO login_sessions (session_id, user_id, family_hash, refresh_hash, expires_at)
    VALUES (${sessionId}, ${userId}, sha256(${sessionId}::bytea), sha256('neighbour'),
      now() + interval '1 day')`;
  const scopes = scopesOfRole("member");
  return { kind: "user", userId, sessionId, organisationId, role: "member", scopes };
}

function markedColumns({ table, text }: DatabaseRow): string[] {
  return Object.entries(JSON.parse(text))
    .filter(([, value]) => JSON.stringify(value).includes(MARK))
    .map(([column]) => `${table}.${column}`);
}
