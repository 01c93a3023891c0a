import assert from "node:assert/strict";
import fc from "fast-check";
import type { Database } from "../../../db/connection.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { mergeParticipantEvents, type ParticipantEvent } from "../events/participant_change.ts";
import { PostgresMeetingStore } from "../meeting/postgres_meeting_store.ts";
import { PostgresServerRegistry } from "../region/postgres_server_registry.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import { testController } from "../testing/test_servers.ts";
import { createTestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();
const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());
const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const PEOPLE: string[] = Array.from({ length: 6 }, () => crypto.randomUUID());

/** A database with an organisation and one controller. */
async function open() {
  const database = await databases.create();
  const { sql } = database;
  const tenant = await createTestTenant(sql, "acme");
  const registry = new PostgresServerRegistry(sql);
  const meetings = new PostgresMeetingStore(sql);
  const controller = testController("mc");
  await registry.registerController(controller);
  const { controllerId } = controller;
  return {
    sql,
    registry,
    meetings,
    controller,
    async meeting(): Promise<string> {
      const assignment = { controllerId, mediaHandlerId: null };
      const owner = { organisationId: tenant.organisationId, userId: null, clientId: null };
      const meeting = testMeeting({ assignment, owner });
      await meetings.create(meeting);
      return meeting.meetingId;
    },
    report: (...events: ParticipantEvent[]) =>
      meetings.recordParticipants(controllerId, mergeParticipantEvents(events)),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function event(
  kind: "joined" | "left",
  meetingId: string,
  participantId: string,
  minute: number,
  more: Partial<ParticipantEvent> = {},
): ParticipantEvent {
  return {
    kind,
    meetingId,
    participantId,
    occurredAt: new Date(START_MS + minute * MINUTE_MS),
    name: kind === "joined" ? "Ada" : "",
    role: "participant",
    userId: null,
    userReference: "",
    epoch: 1n,
    ...(kind === "left" ? { leaveReason: "voluntary" as const } : {}),
    ...more,
  };
}

/** The sessions as minutes, with who was in them. */
async function sessionsOf(sql: Database, meetingId: string) {
  const rows = await sql<
    { started_at: Date; ended_at: Date | null; peak_participants: number; people: string[] }[]
  >`
    SELECT s.started_at, s.ended_at, s.peak_participants,
      array(SELECT p.participant_id::text FROM participants p
        WHERE p.session_id = s.session_id ORDER BY 1) AS people
    FROM meeting_sessions s WHERE s.meeting_id = ${meetingId} ORDER BY s.started_at`;
  const minute = (time: Date) => (time.getTime() - START_MS) / MINUTE_MS;
  return rows.map((row) => ({
    from: minute(row.started_at),
    to: row.ended_at && minute(row.ended_at),
    peak: row.peak_participants,
    people: row.people,
  }));
}

/** Whether lists have the meeting among those that people are in. */
async function isOccupied(sql: Database, meetingId: string): Promise<boolean> {
  const [row] = await sql<{ occupied: boolean }[]>`
    SELECT occupied FROM meetings WHERE meeting_id = ${meetingId}`;
  return row!.occupied;
}

async function eventsOf(sql: Database): Promise<string[]> {
  const rows = await sql<{ event_type: string }[]>`
    SELECT event_type FROM webhook_events
    WHERE event_type LIKE 'session.%' OR event_type LIKE 'participant.%'`;
  return rows.map((row) => row.event_type).sort();
}

Deno.test("a session runs from the first one in to the last one out", async () => {
  await using given = await open();
  const { sql, report } = given;
  const meetingId = await given.meeting();
  const [ada, bob, cleo] = PEOPLE as [string, string, string];
  await report(event("joined", meetingId, ada, 0));
  assert.deepEqual(await sessionsOf(sql, meetingId), [
    { from: 0, to: null, peak: 1, people: [ada] },
  ]);
  await report(event("joined", meetingId, bob, 5), event("left", meetingId, ada, 10));
  await report(event("left", meetingId, bob, 20));
  await report(event("joined", meetingId, cleo, 30));
  assert.deepEqual(await sessionsOf(sql, meetingId), [
    { from: 0, to: 20, peak: 2, people: [ada, bob].sort() },
    { from: 30, to: null, peak: 1, people: [cleo] },
  ]);
  assert.deepEqual(await eventsOf(sql), [
    ...Array(3).fill("participant.joined"),
    ...Array(2).fill("participant.left"),
    "session.ended",
    "session.started",
    "session.started",
  ]);
});

Deno.test("a late report joins two sessions into one", async () => {
  await using given = await open();
  const { sql, report } = given;
  const meetingId = await given.meeting();
  const [ada, bob, cleo] = PEOPLE as [string, string, string];
  await report(event("joined", meetingId, ada, 0), event("left", meetingId, ada, 10));
  await report(event("joined", meetingId, bob, 20));
  assert.equal((await sessionsOf(sql, meetingId)).length, 2);
  await report(event("joined", meetingId, cleo, 5), event("left", meetingId, cleo, 25));
  assert.deepEqual(await sessionsOf(sql, meetingId), [
    { from: 0, to: null, peak: 2, people: [ada, bob, cleo].sort() },
  ]);
});

Deno.test("the end of a meeting ends the session at once, that of its controller after the grace", async () => {
  await using given = await open();
  const { sql, report, meetings, registry, controller } = given;
  const [ended, lost] = [await given.meeting(), await given.meeting()];
  await report(event("joined", ended, PEOPLE[0]!, 0), event("joined", lost, PEOPLE[1]!, 0));
  await meetings.end(ended);
  assert.notEqual((await sessionsOf(sql, ended))[0]!.to, null);
  assert.equal((await sessionsOf(sql, lost))[0]!.to, null);

  await registry.registerController({ ...controller, controllerId: crypto.randomUUID() });
  await meetings.releaseLostParticipants();
  assert.equal(await meetings.endHeldSessions(), 0);
  assert.equal((await sessionsOf(sql, lost))[0]!.to, null, "they may be back");
  await sql`UPDATE participants SET left_at = left_at - interval '1 hour'`;
  await sql`UPDATE meeting_sessions SET held_until = held_until - interval '1 hour'`;
  assert.equal(await meetings.endHeldSessions(), 1);
  assert.notEqual((await sessionsOf(sql, lost))[0]!.to, null);
  assert.equal(await meetings.endHeldSessions(), 0);
  await registry.registerController(controller);
  assert.equal(await meetings.restoreParticipants(controller.controllerId), 1);
  const [session, ...others] = await sessionsOf(sql, lost);
  assert.deepEqual([session!.to, others], [null, []]);
});

Deno.test("a meeting is occupied from the first one in to the last one out", async () => {
  await using given = await open();
  const { sql, report, meetings, registry, controller } = given;
  const [ada, bob] = PEOPLE as [string, string];
  const [meetingId, other] = [await given.meeting(), await given.meeting()];
  const occupied = () => isOccupied(sql, meetingId);
  assert.equal(await occupied(), false);
  await report(event("joined", meetingId, ada, 0), event("joined", meetingId, bob, 1));
  await report(event("left", meetingId, ada, 2));
  assert.equal(await occupied(), true);
  await report(event("left", meetingId, bob, 3));
  assert.equal(await occupied(), false);
  await report(event("joined", meetingId, crypto.randomUUID(), 4));
  await registry.registerController({ ...controller, controllerId: crypto.randomUUID() });
  await meetings.releaseLostParticipants();
  assert.equal(await occupied(), false);
  await registry.registerController(controller);
  await meetings.restoreParticipants(controller.controllerId);
  assert.equal(await occupied(), true);
  await meetings.end(meetingId);
  assert.deepEqual([await occupied(), await isOccupied(sql, other)], [false, false]);
});

Deno.test("reports make the same sessions in any order, in any pieces, however often they come", async () => {
  await using given = await open();
  const { sql, report } = given;
  // A person comes, and may be lost and back, at another owner too, whose clock goes otherwise.
  const stay = fc.record({
    person: fc.constantFrom(...PEOPLE),
    joined: fc.option(fc.nat(30), { nil: undefined, freq: 10 }),
    stayed: fc.option(fc.nat(8), { nil: undefined, freq: 5 }),
    wasLost: fc.boolean(),
    back: fc.option(fc.record({ after: fc.integer({ min: -3, max: 8 }), epoch: fc.nat(1) })),
  });
  const stays = fc.uniqueArray(stay, { minLength: 1, maxLength: 6, selector: (one) => one.person });
  const history = stays.chain((list) => {
    const reports = list.flatMap(({ person, joined, stayed, wasLost, back }) => {
      const leftAt = (joined ?? 0) + (stayed ?? 0);
      const leaveReason = wasLost ? "connection_lost" as const : "voluntary" as const;
      const left = { kind: "left" as const, person, minute: leftAt, more: { leaveReason } };
      return [
        ...(joined === undefined ? [] : [{ kind: "joined" as const, person, minute: joined }]),
        ...(stayed === undefined ? [] : [left]),
        ...(back === null ? [] : [{
          kind: "joined" as const,
          person,
          minute: Math.max(0, leftAt + back.after),
          more: { epoch: 1n + BigInt(back.epoch) },
        }]),
      ] as { kind: "joined" | "left"; person: string; minute: number; more?: object }[];
    });
    const twice = [...reports, ...reports];
    return fc.record({
      reports: fc.constant(reports),
      again: fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
      piece: fc.integer({ min: 1, max: 4 }),
    });
  });
  const property = fc.asyncProperty(history, async ({ reports, again, piece }) => {
    // Every meeting needs people of its own.
    const names = PEOPLE.map(() => [crypto.randomUUID(), crypto.randomUUID()] as const);
    const personOf = (person: string, which: 0 | 1) => names[PEOPLE.indexOf(person)]![which];
    const [first, second] = [await given.meeting(), await given.meeting()];
    const told = (list: typeof reports, meetingId: string, which: 0 | 1) =>
      list.map(({ kind, person, minute, more }) =>
        event(kind, meetingId, personOf(person, which), minute, more)
      );
    await report(...told(reports, first, 0));
    for (let index = 0; index < again.length; index += piece) {
      await report(...told(again.slice(index, index + piece), second, 1));
    }
    const shown = async (meetingId: string, which: 0 | 1) =>
      (await sessionsOf(sql, meetingId)).map(({ people, ...session }) => ({
        ...session,
        people: people.map((id) => names.findIndex((pair) => pair[which] === id)).sort(),
      }));
    const sessions = await shown(second, 1);
    assert.deepEqual(sessions, await shown(first, 0));
    assert.equal(await isOccupied(sql, second), sessions.some(({ to }) => to === null));
  });
  await fc.assert(property, { seed, numRuns: 150 });
});

Deno.test("parallel reports, an end and a release of many meetings do not deadlock", async () => {
  await using given = await open();
  const { sql, report, meetings } = given;
  const ids = await Promise.all(Array.from({ length: 4 }, () => given.meeting()));
  const people = Array.from({ length: 40 }, () => crypto.randomUUID());
  const joins = people.map((person, i) => event("joined", ids[i % 4]!, person, i));
  const leaves = people.map((person, i) => event("left", ids[i % 4]!, person, 100 + i));
  await Promise.all([
    report(...joins),
    report(...leaves.toReversed()),
    meetings.end(ids[1]!),
    report(...joins.toReversed()),
    meetings.releaseLostParticipants(),
    meetings.end(ids[3]!),
    report(...leaves),
  ]);
  const sessions = await Promise.all(ids.map((id) => sessionsOf(sql, id)));
  assert.deepEqual(sessions.map((list) => list.map(({ people }) => people.length)), [
    [10],
    [10],
    [10],
    [10],
  ]);
});
