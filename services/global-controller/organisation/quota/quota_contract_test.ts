import assert from "node:assert/strict";
import type { Database } from "../../../../db/connection.ts";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { ApiError } from "../../rest/api_error.ts";
import { createTestTenant } from "../../testing/test_tenant.ts";
import { claimsQuota, PostgresQuotaStore } from "./postgres_quota_store.ts";
import { DEFAULT_QUOTAS } from "./quota.ts";

const databases = testDatabases();
const PARALLEL = 50;
const LIMIT = 7;
const CODE_LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Adds a meeting if the quota allows it. */
async function addMeeting(sql: Database, organisationId: string | null, index: number) {
  const letter = (place: number) => CODE_LETTERS[Math.floor(index / 26 ** place) % 26];
  const rows = await sql`
    INSERT INTO meetings (meeting_id, code, max_participants, organisation_id)
    SELECT gen_random_uuid(), ${`aaa-aaaa-a${letter(1)}${letter(0)}`}, 10, ${organisationId}
    WHERE ${claimsQuota(sql, organisationId, "open_meetings", DEFAULT_QUOTAS)}
    RETURNING meeting_id`;
  return rows.length === 1;
}

function exceeds(quota: string, limit: number) {
  return (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 403);
    assert.equal(error.code, "QUOTA_EXCEEDED");
    assert.deepEqual(error.details, { quota, limit });
    return true;
  };
}

Deno.test("of 50 meetings created at once, exactly as many open as the quota allows", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId } = await createTestTenant(sql, "acme");
  const other = await createTestTenant(sql, "other");
  await sql`UPDATE organisations SET max_open_meetings = ${LIMIT}
    WHERE organisation_id = ${organisationId}`;
  const store = new PostgresQuotaStore(sql, DEFAULT_QUOTAS);
  await store.assertWithinQuota(organisationId, "open_meetings");
  const opened = await Promise.all(
    Array.from({ length: PARALLEL }, (_, index) => addMeeting(sql, organisationId, index)),
  );
  assert.equal(opened.filter(Boolean).length, LIMIT);
  assert.equal((await store.usageOf(organisationId)).openMeetings, LIMIT);
  await assert.rejects(
    store.assertWithinQuota(organisationId, "open_meetings"),
    exceeds("open_meetings", LIMIT),
  );
  // Another organisation and guests are not held back, and an ended meeting makes room.
  assert.equal(await addMeeting(sql, other.organisationId, PARALLEL), true);
  assert.equal(await addMeeting(sql, null, PARALLEL + 1), true);
  await store.assertWithinQuota(null, "open_meetings");
  await sql`UPDATE meetings SET ended_at = now() WHERE meeting_id = (
    SELECT meeting_id FROM meetings WHERE organisation_id = ${organisationId} LIMIT 1)`;
  assert.equal(await addMeeting(sql, organisationId, PARALLEL + 2), true);
  assert.equal(await addMeeting(sql, organisationId, PARALLEL + 3), false);
});

Deno.test("whatever opens, ends, changes hands and goes, the count is that of the rows", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const acme = (await createTestTenant(sql, "acme")).organisationId;
  const other = (await createTestTenant(sql, "other")).organisationId;
  const store = new PostgresQuotaStore(sql, DEFAULT_QUOTAS);
  const count = async (organisationId: string) => {
    const [row] = await sql`SELECT count(*)::int AS rows FROM meetings
      WHERE organisation_id = ${organisationId} AND ended_at IS NULL`;
    assert.equal((await store.usageOf(organisationId)).openMeetings, row!.rows);
    return row!.rows;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => addMeeting(sql, acme, index)));
  assert.equal(await count(acme), 20);
  await sql`UPDATE meetings SET ended_at = now() WHERE meeting_id IN (
    SELECT meeting_id FROM meetings LIMIT 5)`;
  assert.equal(await count(acme), 15);
  await sql`UPDATE meetings SET organisation_id = ${other} WHERE meeting_id IN (
    SELECT meeting_id FROM meetings WHERE ended_at IS NULL LIMIT 3)`;
  assert.deepEqual([await count(acme), await count(other)], [12, 3]);
  await sql`DELETE FROM meetings WHERE meeting_id IN (
    SELECT meeting_id FROM meetings WHERE organisation_id = ${acme} LIMIT 10)`;
  await count(acme);
  await sql`UPDATE meetings SET ended_at = NULL`;
  await count(acme);
  await sql`DELETE FROM organisations WHERE organisation_id = ${other}`;
  assert.equal(await count(other), 0);
});

Deno.test("the last places are given out exactly, also beyond those who share the lock", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId } = await createTestTenant(sql, "acme");
  const [setting] = await sql`SELECT current_setting('max_connections')::int AS connections`;
  const limit = 3 * setting!.connections;
  await sql`UPDATE organisations SET max_open_meetings = ${limit}
    WHERE organisation_id = ${organisationId}`;
  const opened = await Promise.all(
    Array.from({ length: limit + PARALLEL }, (_, index) => addMeeting(sql, organisationId, index)),
  );
  assert.equal(opened.filter(Boolean).length, limit);
});

Deno.test("an organisation's own numbers replace the operator's defaults", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId } = await createTestTenant(sql, "acme");
  const store = new PostgresQuotaStore(sql, { ...DEFAULT_QUOTAS, maxParticipants: 20 });
  await store.assertMaxParticipants(organisationId, 20);
  await assert.rejects(
    store.assertMaxParticipants(organisationId, 21),
    exceeds("participants", 20),
  );
  await assert.rejects(store.assertMaxParticipants(null, 21), exceeds("participants", 20));
  await sql`UPDATE organisations SET max_participants = 30 WHERE slug = 'acme'`;
  await store.assertMaxParticipants(organisationId, 30);
  assert.deepEqual(await store.quotasOf(organisationId), {
    maxMembers: DEFAULT_QUOTAS.maxMembers,
    maxOpenMeetings: DEFAULT_QUOTAS.maxOpenMeetings,
    maxParticipants: 30,
  });
});
