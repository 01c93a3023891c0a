import assert from "node:assert/strict";
import type { Database } from "../../../db/connection.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { OPERATOR_CHAIN } from "../audit/audit_log.ts";
import { verifyChain } from "../audit/chain_verifier.ts";
import { PostgresAuditLog } from "../audit/postgres_audit_log.ts";
import { PostgresAuditReader } from "../audit/postgres_audit_reader.ts";
import { createTestTenant } from "../testing/test_tenant.ts";
import { PostgresRetention } from "./postgres_retention.ts";
import { DEFAULT_RETENTION, type RetentionSettings } from "./retention_settings.ts";

const databases = testDatabases();
const NEVER = new AbortController().signal;

function retentionOf(sql: Database, settings: Partial<RetentionSettings> = {}) {
  const log = createLogger("test");
  return new PostgresRetention(sql, { ...DEFAULT_RETENTION, ...settings }, log);
}

async function countsOf(sql: Database, settings?: Partial<RetentionSettings>) {
  const report = await retentionOf(sql, settings).run(NEVER);
  assert.equal(report?.complete, true);
  return report.counts;
}

async function addMeeting(sql: Database): Promise<string> {
  const meetingId = crypto.randomUUID();
  const letters = meetingId.replaceAll(/[^0-9a-f]/g, "").replaceAll(/[0-9]/g, "z");
  const code = `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7, 10)}`;
  await sql`INSERT INTO meetings (meeting_id, code, max_participants)
    VALUES (${meetingId}, ${code}, 10)`;
  return meetingId;
}

Deno.test("who was in a meeting is forgotten after a year, and who is in one is not", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const meetingId = await addMeeting(sql);
  for (const days of [400, 366, 364]) {
    const [session] = await sql<{ session_id: string }[]>`
      INSERT INTO meeting_sessions (meeting_id, started_at, ended_at)
      VALUES (${meetingId}, now() - ${days + 1} * interval '1 day',
        now() - ${days} * interval '1 day')
      RETURNING session_id`;
    await sql`
      INSERT INTO participants (participant_id, meeting_id, controller_id, name, joined_at,
        left_at, leave_reason, session_id)
      VALUES (gen_random_uuid(), ${meetingId}, gen_random_uuid(), ${`${days} days`},
        now() - ${days + 1} * interval '1 day', now() - ${days} * interval '1 day', 'voluntary',
        ${session!.session_id})`;
  }
  await sql`INSERT INTO participants (participant_id, meeting_id, controller_id, name, joined_at)
    VALUES (gen_random_uuid(), ${meetingId}, gen_random_uuid(), 'still here',
      now() - interval '400 days')`;
  assert.deepEqual(await countsOf(sql), { participants: 2, meeting_sessions: 2 });
  const names = await sql<{ name: string }[]>`SELECT name FROM participants ORDER BY name`;
  assert.deepEqual(names.map(({ name }) => name), ["364 days", "still here"]);
  assert.deepEqual(await countsOf(sql), {}, "a second run found something");
});

Deno.test("what moderators did is forgotten after a year once it is recorded, bans with their meeting", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const [held, ended] = [await addMeeting(sql), await addMeeting(sql)];
  await sql`UPDATE meetings SET created_at = now() - interval '400 days',
    ended_at = now() - interval '366 days' WHERE meeting_id = ${ended}`;
  for (const meetingId of [held, ended]) {
    await sql`INSERT INTO meeting_bans (meeting_id, participant_id, banned_at)
      VALUES (${meetingId}, gen_random_uuid(), now() - interval '399 days')`;
    await sql`INSERT INTO meeting_roles (meeting_id, participant_id, role)
      VALUES (${meetingId}, gen_random_uuid(), 'co_host')`;
    for (const days of [null, 364, 366]) {
      await sql`INSERT INTO moderation_actions (action_id, meeting_id, epoch, action,
          actor_participant_id, recorded_at)
        VALUES (gen_random_uuid(), ${meetingId}, 1, 'lock', gen_random_uuid(),
          now() - ${days} * interval '1 day')`;
    }
  }
  const forgotten = { moderation_actions: 2, meeting_bans: 1, meeting_roles: 1 };
  assert.deepEqual(await countsOf(sql), forgotten);
  assert.deepEqual(await countsOf(sql), {}, "a second run found something");
});

Deno.test("what has expired goes: tokens, keys, sign-ins, sessions, events, invitations", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId, member } = await createTestTenant(sql, "acme");
  const meetingId = await addMeeting(sql);
  for (const ago of ["25 hours", "23 hours"]) {
    await sql`INSERT INTO join_tokens (token_id, meeting_id, participant_id, role, grants, expires_at)
      VALUES (gen_random_uuid(), ${meetingId}, gen_random_uuid(), 'host', '{}',
        now() - ${ago}::text::interval)`;
  }
  for (const [n, ago] of ["1 second", "-1 hour"].entries()) {
    const expiresAt = sql`now() - ${ago}::text::interval`;
    await sql`
      INSERT INTO idempotency_keys (key_hash, request_hash, holder, held_until, expires_at)
      VALUES (sha256(${`k${n}`}::text::bytea), sha256(''), gen_random_uuid(), now(), ${expiresAt})`;
    await sql`
      INSERT INTO oidc_sign_ins
        (state_hash, browser_hash, nonce, code_verifier, return_to, expires_at)
      VALUES (sha256(${`o${n}`}::text::bytea), sha256(''), '', '', '/', ${expiresAt})`;
  }
  await sql`INSERT INTO sign_in_failures (account_hash, source, failures, window_ends_at)
    VALUES (sha256(''), 'a', 1, now() - interval '1 second'), (sha256(''), 'b', 1, now() + interval '1 hour')`;
  await sql`UPDATE login_sessions SET expires_at = now() - interval '1 second'
    WHERE user_id = ${member.userId}`;
  for (const days of [31, 29]) {
    await sql`INSERT INTO webhook_events (organisation_id, event_type, payload, created_at)
      VALUES (${organisationId}, 'meeting.ended', '{}', now() - ${days} * interval '1 day')`;
  }
  for (const days of [91, 89]) {
    await sql`
      INSERT INTO invitations (organisation_id, email, role, token_hash, expires_at)
      VALUES (${organisationId}, 'a@b.example', 'member', sha256(${`${days}`}::text::bytea),
        now() - ${days} * interval '1 day')`;
  }
  assert.deepEqual(await countsOf(sql), {
    join_tokens: 1,
    idempotency_keys: 1,
    oidc_sign_ins: 1,
    login_sessions: 1,
    sign_in_failures: 1,
    webhook_events: 1,
    invitations: 1,
  });
});

Deno.test("more rows than a statement takes go in one run", async () => {
  await using database = await databases.create();
  const { sql } = database;
  await sql`
    INSERT INTO idempotency_keys (key_hash, request_hash, holder, held_until, expires_at)
    SELECT sha256(n::text::bytea), sha256(''), gen_random_uuid(), now(), now() - interval '1 day'
    FROM generate_series(1, 2500) n`;
  assert.deepEqual(await countsOf(sql), { idempotency_keys: 2_500 });
});

Deno.test("zero days keep everything", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const meetingId = await addMeeting(sql);
  await sql`INSERT INTO meeting_sessions (meeting_id, started_at, ended_at)
    VALUES (${meetingId}, now() - interval '20 years', now() - interval '19 years')`;
  assert.deepEqual(await countsOf(sql, { attendanceDays: 0 }), {});
});

Deno.test("a recording whose time is over is marked as deleted, and the audit log tells", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId } = await createTestTenant(sql, "acme");
  const meetingId = await addMeeting(sql);
  for (const ago of ["1 second", "-1 hour"]) {
    await sql`
      INSERT INTO recordings (organisation_id, meeting_id, status, delete_after)
      VALUES (${organisationId}, ${meetingId}, 'available', now() - ${ago}::text::interval)`;
  }
  assert.deepEqual(await countsOf(sql), { recordings: 1 });
  assert.deepEqual(await countsOf(sql), {});
  const rows = await sql<{ status: string; version: number }[]>`
    SELECT status, version FROM recordings ORDER BY delete_after`;
  assert.deepEqual([...rows], [{ status: "deleted", version: 2 }, {
    status: "available",
    version: 1,
  }]);
  const told = await sql<{ actor: string; action: string }[]>`SELECT actor, action FROM audit_log`;
  assert.deepEqual([...told], [{ actor: "service:retention", action: "recording.deleted" }]);
});

Deno.test("one process runs at a time", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const holder = await sql.reserve();
  try {
    await holder`SELECT pg_advisory_lock(${0x72657461})`;
    assert.equal(await retentionOf(sql).run(NEVER), undefined);
    await holder`SELECT pg_advisory_unlock(${0x72657461})`;
    assert.deepEqual((await retentionOf(sql).run(NEVER))?.counts, {});
  } finally {
    holder.release();
  }
});

Deno.test("of many processes that look at once, one begins", async () => {
  await using database = await databases.create();
  const retention = retentionOf(database.sql);
  const claim = () => Promise.all(Array.from({ length: 8 }, () => retention.claimRun(60_000)));
  assert.equal((await claim()).filter(Boolean).length, 1);
  assert.equal((await claim()).filter(Boolean).length, 0);
  await database.sql`UPDATE retention_runs SET started_at = started_at - interval '1 minute'`;
  assert.equal((await claim()).filter(Boolean).length, 1);
});

/** Appends to the operator's chain as if it were `instant`. */
async function recordAt(sql: Database, instant: string, target: string): Promise<void> {
  await sql`INSERT INTO audit_chains (organisation_id) VALUES (${OPERATOR_CHAIN})
    ON CONFLICT DO NOTHING`;
  await sql`UPDATE audit_chains SET last_occurred_at = ${instant}::text::timestamptz`;
  await new PostgresAuditLog(sql).record({
    organisationId: null,
    actor: "user:ada",
    action: "meeting.created",
    target,
  });
}

/** Moves the rows of the operator's chain back in time and hashes them again, as they would be. */
async function rewriteInThePast(sql: Database, months: readonly string[]): Promise<void> {
  const { auditRowHash, GENESIS_HASH } = await import("../audit/audit_row.ts");
  const reader = new PostgresAuditReader(sql);
  let previousHash = GENESIS_HASH;
  const rows = await reader.rows(OPERATOR_CHAIN, { limit: months.length });
  await sql.begin(async (transaction) => {
    await transaction`SET LOCAL session_replication_role = replica`;
    await transaction`DELETE FROM audit_log`;
    for (const [index, row] of rows.entries()) {
      const occurredAt = `${months[index]}-10T12:00:00.000000Z`;
      const rowHash = auditRowHash({ ...row, occurredAt, previousHash })!;
      await transaction`
        INSERT INTO audit_log (organisation_id, sequence, occurred_at, actor, action, target,
          details, previous_hash, row_hash)
        VALUES (${OPERATOR_CHAIN}, ${row.sequence}, ${occurredAt}::text::timestamptz, ${row.actor},
          ${row.action}, ${row.target}, '{}', decode(${previousHash}, 'hex'),
          decode(${rowHash}, 'hex'))`;
      previousHash = rowHash;
    }
    await transaction`
      UPDATE audit_chains SET last_hash = decode(${previousHash}, 'hex'),
        last_occurred_at = ${`${months.at(-1)}-10 12:00:00+00`}::text::timestamptz`;
  });
}

Deno.test("months of the audit log go whole, and what is left is a chain that can be verified", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const log = new PostgresAuditLog(sql);
  for (let n = 1; n <= 4; n++) {
    await log.record({ organisationId: null, actor: "a", action: "b.c", target: `t:${n}` });
  }
  await rewriteInThePast(sql, ["2020-01", "2020-01", "2020-02", "2020-03"]);
  const reader = new PostgresAuditReader(sql);
  const verify = () => reader.readChain(OPERATOR_CHAIN, verifyChain);
  assert.deepEqual(await verify(), { valid: true, rows: 4 });
  const [age] = await sql<{ months: number }[]>`
    SELECT (extract(year FROM age(now(), '2020-01-31'))::int * 12
      + extract(month FROM age(now(), '2020-01-31'))::int) AS months`;
  // The first run makes the months' partitions; the month of January 2020 is then too old.
  const counts = await countsOf(sql, { auditMonths: age!.months });
  assert.deepEqual(counts, { audit_partitions_made: 3, audit_months_dropped: 1 });
  const left = await reader.rows(OPERATOR_CHAIN, { limit: 10 });
  assert.deepEqual(left.map(({ sequence }) => sequence), [3, 4, 5]);
  assert.equal(left.at(-1)!.action, "audit.month_dropped");
  assert.deepEqual(await verify(), { valid: true, rows: 3 });
  assert.deepEqual(await countsOf(sql, { auditMonths: 1 }), { audit_months_dropped: 2 });
  assert.deepEqual(await verify(), { valid: true, rows: 3 });
  await log.record({ organisationId: null, actor: "a", action: "b.c", target: "t:5" });
  assert.deepEqual(await verify(), { valid: true, rows: 4 });
});

Deno.test("appends go on while partitions are made and months are dropped", async () => {
  await using database = await databases.create();
  const { sql } = database;
  await recordAt(sql, "2031-07-01 00:00:00+00", "t:0");
  const log = new PostgresAuditLog(sql);
  const appended = Promise.all(Array.from({ length: 200 }, (_, n) =>
    log.record({
      organisationId: n % 2 === 0 ? null : "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0001",
      actor: "a",
      action: "b.c",
      target: `t:${n}`,
    })));
  const [counts] = await Promise.all([countsOf(sql, { auditMonths: 1 }), appended]);
  assert.equal(counts.audit_partitions_made, 1);
  const verdict = await new PostgresAuditReader(sql).readChain(OPERATOR_CHAIN, verifyChain);
  assert.deepEqual(verdict, { valid: true, rows: 101 });
});
