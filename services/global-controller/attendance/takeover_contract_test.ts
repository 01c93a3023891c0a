import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { mergeParticipantEvents, type ParticipantEvent } from "../events/participant_change.ts";
import { PostgresMeetingStore } from "../meeting/postgres_meeting_store.ts";
import { PostgresServerRegistry } from "../region/postgres_server_registry.ts";
import { TestLeases } from "../testing/test_leases.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import { testController } from "../testing/test_servers.ts";
import { createTestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();

/** A meeting of two people at one controller, which owns it, and another controller. */
async function open() {
  const database = await databases.create();
  const { sql } = database;
  const tenant = await createTestTenant(sql, "acme");
  const registry = new PostgresServerRegistry(sql);
  const meetings = new PostgresMeetingStore(sql);
  const leases = new TestLeases(sql);
  const [first, next] = [testController("first"), testController("next")];
  for (const controller of [first, next]) await registry.registerController(controller);
  const meeting = testMeeting({
    assignment: { controllerId: first.controllerId, mediaHandlerId: null },
    owner: { organisationId: tenant.organisationId, userId: null, clientId: null },
  });
  const { meetingId } = meeting;
  await meetings.create(meeting);
  const [ada, bob] = [crypto.randomUUID(), crypto.randomUUID()];
  const event = (kind: "joined" | "left", participantId: string, epoch: bigint, atMs: number) =>
    ({
      kind,
      meetingId,
      participantId,
      occurredAt: new Date(Date.now() + atMs),
      epoch,
      name: "Ada",
      role: "participant",
      userId: null,
      userReference: "",
      leaveReason: kind === "left" ? "connection_lost" : undefined,
    }) satisfies ParticipantEvent;
  const report = (controller: { controllerId: string }, ...events: ParticipantEvent[]) =>
    meetings.recordParticipants(controller.controllerId, mergeParticipantEvents(events));
  await leases.own(meetingId, first, 1n);
  await report(first, event("joined", ada, 1n, -60_000), event("joined", bob, 1n, -60_000));
  return {
    sql,
    registry,
    meetings,
    leases,
    first,
    next,
    meetingId,
    ada,
    bob,
    event,
    report,
    count: async () => (await meetings.find({ meetingId }))!.participantCount,
    events: async () => {
      const rows = await sql<{ event_type: string }[]>`
        SELECT event_type FROM webhook_events
        WHERE event_type <> 'meeting.created' ORDER BY created_at, event_type`;
      return rows.map((row) => row.event_type);
    },
    runs: async () => {
      const rows = await sql<{ ended: boolean }[]>`
        SELECT ended_at IS NOT NULL AS ended FROM meeting_sessions ORDER BY started_at`;
      return rows.map((row) => row.ended ? "ended" : "goes on");
    },
    /** Lets the time pass within which the meeting has to be taken over. */
    passTakeover: async () => {
      await sql`UPDATE participants SET doubted_at = doubted_at - interval '15 seconds'`;
    },
    /** Lets the time pass within which whoever is doubted has to be reported. */
    passGrace: async () => {
      await sql`UPDATE participants SET doubted_at = doubted_at - interval '331 seconds'`;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

Deno.test("people are there all the time while another controller takes their meeting over", async () => {
  await using given = await open();
  const { registry, meetings, leases, first, next, meetingId, ada, bob, event, report } = given;
  await leases.own(meetingId, next, 2n);
  await registry.deregister(first.controllerId);
  assert.equal(await meetings.releaseLostParticipants(), 0);
  await report(next, event("joined", ada, 2n, 0), event("joined", bob, 2n, 0));
  await given.passGrace();
  assert.equal(await meetings.releaseLostParticipants(), 0);
  assert.equal(await given.count(), 2);
  assert.deepEqual(await given.events(), [
    "participant.joined",
    "participant.joined",
    "session.started",
  ]);
});

Deno.test("who does not come along is lost once the next owner has let go of the meeting", async () => {
  await using given = await open();
  const { registry, meetings, leases, first, next, meetingId, ada, event, report } = given;
  await leases.own(meetingId, next, 2n);
  await registry.deregister(first.controllerId);
  await report(next, event("joined", ada, 2n, 0), event("left", ada, 2n, 10));
  assert.equal(await meetings.releaseLostParticipants(), 0);
  assert.equal(await given.count(), 1);
  await leases.release(meetingId);
  await given.passTakeover();
  assert.equal(await meetings.releaseLostParticipants(), 1);
  assert.equal(await given.count(), 0);
});

Deno.test("so are those whom the owner before reported, though that one is still known", async () => {
  await using given = await open();
  const { meetings, leases, next, meetingId, ada, event, report } = given;
  await leases.own(meetingId, next, 2n);
  await report(next, event("joined", ada, 2n, 0));
  await leases.release(meetingId);
  assert.equal(await meetings.releaseLostParticipants(), 0);
  await given.passGrace();
  assert.equal(await meetings.releaseLostParticipants(), 1);
  assert.equal(await given.count(), 1);
});

Deno.test("a meeting that moves before anybody took it over loses nobody yet", async () => {
  await using given = await open();
  const { meetings, leases, first, next, meetingId } = given;
  await leases.expire(first);
  const assignment = { controllerId: next.controllerId, mediaHandlerId: null };
  assert.equal(await meetings.assign(meetingId, first.controllerId, assignment), true);
  assert.equal(await given.count(), 2);
  await given.passGrace();
  assert.equal(await meetings.releaseLostParticipants(), 2);
  assert.equal(await given.count(), 0);
});

Deno.test("a run goes on over a time without any controller, and people are back in it", async () => {
  await using given = await open();
  const { registry, meetings, leases, first, next, meetingId, ada, event, report } = given;
  await leases.expire(first);
  await registry.deregister(first.controllerId);
  assert.equal(await meetings.releaseLostParticipants(), 0, "somebody may take it over");
  await given.passTakeover();
  assert.equal(await meetings.releaseLostParticipants(), 2);
  assert.deepEqual([await given.count(), await given.runs()], [0, ["goes on"]]);
  await leases.own(meetingId, next, 2n);
  await report(next, event("joined", ada, 2n, 0), event("joined", crypto.randomUUID(), 2n, 5));
  assert.deepEqual([await given.count(), await given.runs()], [2, ["goes on"]]);
  assert.equal((await given.events()).filter((type) => type === "session.ended").length, 0);
});

Deno.test("a run whose people were lost ends at the loss, and is told once", async () => {
  await using given = await open();
  const { sql, meetings, first, ada, bob, event, report } = given;
  await report(first, event("left", ada, 1n, -50_000), event("left", bob, 1n, -40_000));
  assert.deepEqual([await given.count(), await given.runs()], [0, ["goes on"]]);
  await sql`UPDATE participants SET joined_at = joined_at - interval '1 hour',
    left_at = left_at - interval '1 hour'`;
  await sql`UPDATE meeting_sessions SET held_until = held_until - interval '1 hour',
    started_at = started_at - interval '1 hour'`;
  await Promise.all([meetings.endHeldSessions(), meetings.endHeldSessions()]);
  const [run] = await sql`
    SELECT ended_at = (SELECT max(left_at) FROM participants) AS at_loss FROM meeting_sessions`;
  assert.deepEqual({ ...run }, { at_loss: true });
  assert.equal((await given.events()).filter((type) => type === "session.ended").length, 1);
});

Deno.test("a participant leaves and is back any number of times, at two owners, with the last role", async () => {
  await using given = await open();
  const { sql, leases, first, next, meetingId, ada, bob, event, report } = given;
  for (let time = 1; time <= 3; time++) {
    await report(first, event("left", ada, 1n, time * 10));
    assert.equal(await given.count(), 1);
    await report(first, event("joined", ada, 1n, time * 10 + 5));
    assert.equal(await given.count(), 2);
  }
  await leases.own(meetingId, next, 2n);
  // Its clock is a minute behind.
  await report(next, event("left", ada, 2n, -60_000), event("joined", bob, 2n, -60_000));
  assert.equal(await given.count(), 1);
  await report(next, { ...event("joined", ada, 2n, -59_000), role: "co_host" });
  // What the one before could not tell in time changes nothing.
  await report(first, event("left", ada, 1n, 50), event("left", bob, 1n, 50));
  assert.equal(await given.count(), 2);
  const rows = await sql`
    SELECT role, controller_id FROM participants WHERE participant_id = ${ada}`;
  assert.deepEqual({ ...rows[0] }, { role: "co_host", controller_id: next.controllerId });
  assert.deepEqual(await given.runs(), ["goes on"]);
});

Deno.test("the end of a meeting ends a run that was held for those who were lost", async () => {
  await using given = await open();
  const { meetings, first, meetingId, ada, bob, event, report } = given;
  await report(first, event("left", ada, 1n, -50_000), event("left", bob, 1n, -40_000));
  assert.deepEqual(await given.runs(), ["goes on"]);
  await meetings.end(meetingId);
  assert.deepEqual(await given.runs(), ["ended"]);
  assert.equal((await given.events()).filter((type) => type === "session.ended").length, 1);
});
