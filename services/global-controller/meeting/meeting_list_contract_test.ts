import assert from "node:assert/strict";
import type { Database } from "../../../db/connection.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { parsePage } from "../rest/cursor.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import { createTestTenant } from "../testing/test_tenant.ts";
import type { NewMeeting } from "./meeting.ts";
import { EXACT_TOTAL_LIMIT, type MeetingQuery } from "./meeting_list.ts";
import { PostgresMeetingList, selectMeetings } from "./postgres_meeting_list.ts";
import { PostgresMeetingStore } from "./postgres_meeting_store.ts";

const databases = testDatabases();

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2030, 0, 1);
const at = (hours: number) => new Date(NOW + hours * HOUR_MS);
/** Enough rows for statistics about each filter. */
const MANY = 2_000;
/** The indexes of db/migrations/0004_meetings.sql. */
const INDEX_OF_LIST = /"\w*meetings?_of_(organisation|owner|room)"/;

type Wishes = Partial<Omit<MeetingQuery, "page">>;

async function stage(sql: Database) {
  const [acme, other] = [await createTestTenant(sql, "acme"), await createTestTenant(sql, "other")];
  const store = new PostgresMeetingStore(sql);
  const list = new PostgresMeetingList(sql);
  const { organisationId } = acme;
  const byAcme = { organisationId, userId: acme.admin.userId, clientId: null };
  return {
    acme,
    other,
    store,
    list,
    byAcme,
    add: async (displayName: string, changes: Partial<NewMeeting> = {}) => {
      const meeting = testMeeting({ displayName, owner: byAcme, ...changes });
      assert.ok(await store.create(meeting));
      return meeting.meetingId;
    },
    /** Names of what the first page shows. */
    names: async (wishes: Wishes = {}, limit = 50) => {
      const { meetings } = await list.page({ organisationId, page: { limit }, ...wishes });
      return meetings.map(({ displayName }) => displayName);
    },
  };
}

/** Somebody is in the meeting. */
async function enter(sql: Database, meetingId: string): Promise<void> {
  await sql`INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at)
    VALUES (gen_random_uuid(), ${meetingId}, gen_random_uuid(), now())`;
  await sql`UPDATE meetings SET occupied = true WHERE meeting_id = ${meetingId}`;
}

Deno.test("an organisation's meetings are listed by their start, the latest first", async () => {
  await using database = await databases.create();
  const { add, other, names } = await stage(database.sql);
  await add("unplanned");
  await add("tomorrow", { scheduledStart: at(24), scheduledEnd: at(25) });
  await add("today", { scheduledStart: at(1) });
  await add("a guest's", { owner: { organisationId: null, userId: null, clientId: null } });
  const { organisationId } = other;
  await add("another's", { owner: { organisationId, userId: null, clientId: null } });
  assert.deepEqual(await names(), ["tomorrow", "today", "unplanned"]);
  assert.deepEqual(await names({ from: at(1), to: at(24) }), ["today"]);
  assert.deepEqual(await names({ from: at(24) }), ["tomorrow"]);
  assert.deepEqual(await names({ to: at(1) }), ["unplanned"]);
});

Deno.test("a list holds what its owner, room and status say", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { acme, other, store, add, names } = await stage(sql);
  const { organisationId } = acme;
  const [room] = await sql<{ room_id: string }[]>`
    INSERT INTO rooms (organisation_id, slug, display_name, configuration)
    VALUES (${organisationId}, 'room', 'Room', '{}') RETURNING room_id`;
  const roomId = room!.room_id;
  await add("scheduled", { scheduledStart: at(3) });
  await enter(sql, await add("active", { scheduledStart: at(2) }));
  await store.end(await add("ended", { scheduledStart: at(1), roomId }));
  const { clientId } = acme.client;
  const byClient = { organisationId, userId: null, clientId };
  await add("the client's", { scheduledStart: at(0), owner: byClient, roomId });

  assert.deepEqual(await names({ status: "open" }), ["scheduled", "active", "the client's"]);
  assert.deepEqual(await names({ status: "scheduled" }), ["scheduled", "the client's"]);
  assert.deepEqual(await names({ status: "active" }), ["active"]);
  assert.deepEqual(await names({ status: "ended" }), ["ended"]);
  assert.deepEqual(await names({ roomId }), ["ended", "the client's"]);
  assert.deepEqual(await names({ roomId, status: "open" }), ["the client's"]);
  assert.deepEqual(await names({ roomId, organisationId: other.organisationId }), []);
  assert.deepEqual(await names({ ownerId: clientId }), ["the client's"]);
  assert.deepEqual(await names({ ownerId: acme.admin.userId, status: "open" }), [
    "scheduled",
    "active",
  ]);
  assert.deepEqual(await names({ ownerId: "nobody" }), []);
});

Deno.test("page by page each meeting comes once, while others are added and end", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { acme, store, list, add } = await stage(sql);
  const expected = new Set<string>();
  for (let index = 0; index < 25; index++) {
    // Several start at the same time: only their ids tell them apart.
    expected.add(await add(`meeting ${index}`, { scheduledStart: at(Math.floor(index / 4)) }));
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list.page({
      organisationId: acme.organisationId,
      page: parsePage({ limit: 3, cursor }),
    });
    const ids = page.meetings.map(({ meetingId }) => meetingId);
    seen.push(...ids.filter((id) => expected.has(id)));
    await add("later", { scheduledStart: at(100 + seen.length) });
    await add("between", { scheduledStart: at(3), displayName: "between" });
    if (ids[0] !== undefined) await store.end(ids[0]);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && seen.length < 100);
  assert.equal(seen.length, expected.size);
  assert.deepEqual(new Set(seen), expected);
});

Deno.test("a page counts participants, and all that match up to a bound", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { acme, list, add } = await stage(sql);
  const { organisationId } = acme;
  const busy = await add("busy");
  for (let index = 0; index < 3; index++) await enter(sql, busy);
  await add("empty");
  const few = await list.page({ organisationId, page: { limit: 1 } });
  assert.deepEqual([few.total, few.totalIsExact], [2, true]);
  const { meetings } = await list.page({ organisationId, page: { limit: 2 } });
  const counts = new Map(meetings.map((meeting) => [meeting.meetingId, meeting.participantCount]));
  assert.equal(counts.get(busy), 3);

  await fill(sql, organisationId, EXACT_TOTAL_LIMIT);
  const many = await list.page({ organisationId, page: { limit: 1 } });
  assert.deepEqual([many.total, many.totalIsExact], [EXACT_TOTAL_LIMIT, false]);
});

Deno.test("every list can be read by an index, whatever its filters", async () => {
  await using database = await databases.create();
  const { acme } = await stage(database.sql);
  const { organisationId } = acme;
  await fill(database.sql, organisationId, MANY);
  const sql = await database.sql.reserve();
  try {
    // Few rows are cheaper to scan; without an index for a filter they are scanned even so.
    await sql.unsafe("ANALYZE meetings; SET enable_seqscan = off");
    const [found] = await sql<{ room_id: string; owner_user_id: string }[]>`
      SELECT room_id, owner_user_id FROM meetings WHERE room_id IS NOT NULL LIMIT 1`;
    const after = { time: "2026-01-01T00:00:00.000000Z", id: crypto.randomUUID() };
    for (const filters of everyFilter(found!.owner_user_id, found!.room_id)) {
      const query = { organisationId, ...filters, page: { limit: 50, after } };
      const plan = JSON.stringify(await sql`EXPLAIN (FORMAT JSON) ${selectMeetings(sql, query)}`);
      assert.doesNotMatch(plan, /Seq Scan/, `${JSON.stringify(filters)}: ${plan}`);
      assert.match(plan, INDEX_OF_LIST, `${JSON.stringify(filters)}: ${plan}`);
    }
  } finally {
    sql.release();
  }
});

/** Every combination of filters that the API allows within an organisation. */
function* everyFilter(ownerId: string, roomId: string): Generator<Wishes> {
  for (const status of [undefined, "open", "scheduled", "active", "ended"] as const) {
    for (const owner of [undefined, ownerId]) {
      for (const room of [undefined, roomId]) {
        for (const from of [undefined, at(-90_000)]) {
          for (const to of [undefined, at(0)]) {
            yield { status, ownerId: owner, roomId: room, from, to };
          }
        }
      }
    }
  }
}

/** Adds meetings of one hour each, one of ten of them open, some with people, rooms and owners. */
async function fill(sql: Database, organisationId: string, count: number): Promise<void> {
  await sql`
    INSERT INTO rooms (organisation_id, slug, display_name, configuration)
    SELECT ${organisationId}, 'filled-' || i, 'Room', '{}' FROM generate_series(1, 20) i`;
  // Codes of two organisations differ in their first letters.
  const letters = organisationId.replace(/[^a-f]/g, "").padEnd(3, "x").slice(0, 3);
  await sql`
    INSERT INTO meetings (meeting_id, code, max_participants, organisation_id, owner_user_id,
      room_id, created_at, ended_at)
    SELECT gen_random_uuid(), ${letters} || '-' || left(word, 4) || '-' || right(word, 3), 10,
      ${organisationId}, owners[1 + i % 3],
      CASE WHEN i % 10 <> 0 THEN rooms[1 + i % 20] END,
      now() - i * interval '1 hour', CASE WHEN i % 10 <> 0 THEN now() END
    FROM generate_series(1, ${count}::int) i,
      translate(to_char(i, 'FM0000000'), '0123456789', 'ghjkmnpqrs') AS word,
      (SELECT array_agg(user_id) AS owners FROM memberships
        WHERE organisation_id = ${organisationId}) AS members,
      (SELECT array_agg(room_id) AS rooms FROM rooms
        WHERE organisation_id = ${organisationId}) AS filled`;
  await sql`
    INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at)
    SELECT gen_random_uuid(), meeting_id, gen_random_uuid(), now() FROM (
      SELECT meeting_id FROM meetings
      WHERE organisation_id = ${organisationId} AND ended_at IS NULL
      ORDER BY created_at LIMIT 50
    ) AS held`;
  await sql`UPDATE meetings m SET occupied = true WHERE EXISTS (
    SELECT FROM participants p WHERE p.meeting_id = m.meeting_id AND p.left_at IS NULL)`;
}
