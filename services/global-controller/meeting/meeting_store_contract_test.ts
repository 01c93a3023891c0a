import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { ParticipantEvent } from "../events/participant_change.ts";
import { mergeParticipantEvents } from "../events/participant_change.ts";
import { testController, testMediaHandler } from "../testing/test_servers.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import { createTestStores, type TestStores } from "../testing/test_stores.ts";
import { createMeetingCode } from "./meeting_code.ts";

const databases = testDatabases();

const START = Date.UTC(2026, 0, 1);

async function registered({ registry }: TestStores, name: string) {
  const controller = testController(name);
  const mediaHandler = testMediaHandler(name);
  await registry.registerController(controller);
  await registry.registerMediaHandler(mediaHandler);
  const assignment = {
    controllerId: controller.controllerId,
    mediaHandlerId: mediaHandler.handlerId,
  };
  return { controller, mediaHandler, assignment };
}

const NOBODY = { epoch: 0n, role: "participant", userId: null, userReference: "" } as const;

function joined(meetingId: string, participantId: string, atMs = 0): ParticipantEvent {
  const occurredAt = new Date(START + atMs);
  return { ...NOBODY, meetingId, participantId, occurredAt, kind: "joined", name: "Ada" };
}

function left(meetingId: string, participantId: string, atMs = 1_000): ParticipantEvent {
  const occurredAt = new Date(START + atMs);
  return {
    ...NOBODY,
    meetingId,
    participantId,
    occurredAt,
    kind: "left",
    name: "",
    leaveReason: "voluntary",
  };
}

async function countOf({ meetings }: TestStores, meetingId: string) {
  return (await meetings.find({ meetingId }))?.participantCount;
}

Deno.test("a meeting is found by id and code with what serves it", async () => {
  await using stores = await createTestStores(databases);
  const { controller, mediaHandler, assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  const created = await stores.meetings.create(meeting);
  assert.ok(created);
  const found = await stores.meetings.find({ code: meeting.code });
  assert.deepEqual(await stores.meetings.find({ meetingId: meeting.meetingId }), found);
  assert.equal(found?.displayName, meeting.displayName);
  assert.deepEqual(found?.settings, meeting.settings);
  assert.deepEqual(found?.createdAt, created.createdAt);
  assert.equal(found?.participantCount, 0);
  assert.equal(found?.endedAt, null);
  const { controllerId, region, endpoint, certificateHashes, healthy } = found!.controller!;
  assert.deepEqual({ controllerId, region, endpoint, certificateHashes, healthy }, {
    controllerId: controller.controllerId,
    region: controller.region,
    endpoint: controller.endpoint,
    certificateHashes: controller.certificateHashes,
    healthy: true,
  });
  assert.equal(found?.mediaHandler?.endpoint, mediaHandler.endpoint);
  assert.equal(found?.mediaHandler?.healthy, true);
  await stores.age(7_000);
  const later = await stores.meetings.find({ code: meeting.code });
  assert.equal(later?.controller?.healthy, false);
  assert.equal(later?.mediaHandler?.healthy, false);
  assert.equal(await stores.meetings.find({ code: "zzz-zzzz-zzz" }), undefined);
  assert.equal(await stores.meetings.find({ meetingId: crypto.randomUUID() }), undefined);
});

Deno.test("a code is given to one meeting only, even at once", async () => {
  await using stores = await createTestStores(databases);
  const { assignment } = await registered(stores, "mc");
  const code = createMeetingCode();
  const results = await Promise.all(
    Array.from({ length: 5 }, () => stores.meetings.create(testMeeting({ assignment, code }))),
  );
  assert.equal(results.filter(Boolean).length, 1);
});

Deno.test("reports about participants count once, in any order", async () => {
  await using stores = await createTestStores(databases);
  const { assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  await stores.meetings.create(meeting);
  const { meetingId } = meeting;
  const [ada, grace, unknown] = [1, 2, 3].map(() => crypto.randomUUID()) as [
    string,
    string,
    string,
  ];
  const report = (...events: ParticipantEvent[]) =>
    stores.meetings.recordParticipants(
      assignment.controllerId,
      mergeParticipantEvents(events),
    );
  await report();
  await report(joined(meetingId, ada), joined(meetingId, grace), joined(meetingId, ada));
  await report(joined(unknown, unknown));
  assert.equal(await countOf(stores, meetingId), 2);
  await report(left(meetingId, grace));
  await report(joined(meetingId, grace), joined(meetingId, ada));
  assert.equal(await countOf(stores, meetingId), 1);
  const early = crypto.randomUUID();
  await report(left(meetingId, early));
  await report(joined(meetingId, early));
  assert.equal(await countOf(stores, meetingId), 1);
  await report(left(meetingId, ada), left(meetingId, ada));
  assert.equal(await countOf(stores, meetingId), 0);
});

Deno.test("parallel reports of the same participants do not deadlock", async () => {
  await using stores = await createTestStores(databases);
  const { assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  await stores.meetings.create(meeting);
  const ids = Array.from({ length: 40 }, () => crypto.randomUUID());
  const events = ids.map((id) => joined(meeting.meetingId, id));
  await Promise.all(
    [events, events.toReversed(), events, events.toReversed()].map((batch) =>
      stores.meetings.recordParticipants(assignment.controllerId, mergeParticipantEvents(batch))
    ),
  );
  assert.equal(await countOf(stores, meeting.meetingId), 40);
});

Deno.test("ending a meeting sends everyone home, and once is enough", async () => {
  await using stores = await createTestStores(databases);
  const { assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  await stores.meetings.create(meeting);
  const { meetingId } = meeting;
  const event = joined(meetingId, crypto.randomUUID());
  const change = mergeParticipantEvents([event]);
  await stores.meetings.recordParticipants(assignment.controllerId, change);
  assert.deepEqual(await stores.meetings.end(meetingId), { endedNow: true });
  const ended = await stores.meetings.find({ meetingId });
  assert.ok(ended?.endedAt);
  assert.equal(ended.participantCount, 0);
  assert.deepEqual(await stores.meetings.end(meetingId), { endedNow: false });
  assert.deepEqual((await stores.meetings.find({ meetingId }))?.endedAt, ended.endedAt);
  assert.equal(
    await stores.meetings.assign(meetingId, assignment.controllerId, assignment),
    false,
  );
  assert.equal(await stores.meetings.end(crypto.randomUUID()), undefined);
});

Deno.test("of many who move a meeting at once, one does", async () => {
  await using stores = await createTestStores(databases);
  const [first, second] = [await registered(stores, "a"), await registered(stores, "b")];
  const meeting = testMeeting({ assignment: first.assignment });
  await stores.meetings.create(meeting);
  const { meetingId } = meeting;
  const event = joined(meetingId, crypto.randomUUID());
  const { controllerId } = first.assignment;
  await stores.meetings.recordParticipants(controllerId, mergeParticipantEvents([event]));
  assert.equal(await stores.meetings.assign(meetingId, controllerId, first.assignment), true);
  assert.equal(await countOf(stores, meetingId), 1, "the same controller keeps its people");
  const moves = await Promise.all(
    [1, 2, 3].map(() => stores.meetings.assign(meetingId, controllerId, second.assignment)),
  );
  assert.equal(moves.filter(Boolean).length, 1);
  const moved = await stores.meetings.find({ meetingId });
  assert.equal(moved?.controller?.controllerId, second.assignment.controllerId);
  assert.equal(moved?.participantCount, 0);
});

Deno.test("a replaced controller takes its people with it, and brings them back", async () => {
  await using stores = await createTestStores(databases);
  const { registry, meetings, age } = stores;
  const { controller, assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  await meetings.create(meeting);
  const { meetingId } = meeting;
  const { controllerId } = controller;
  const stays = joined(meetingId, crypto.randomUUID());
  const goes = joined(meetingId, crypto.randomUUID());
  await meetings.recordParticipants(controllerId, mergeParticipantEvents([stays, goes]));
  assert.equal(await meetings.releaseLostParticipants(), 0);
  await age(20_000);
  await registry.forgetSilentServers(15_000);
  assert.equal(await meetings.releaseLostParticipants(), 2);
  const orphaned = await meetings.find({ meetingId });
  assert.equal(orphaned?.participantCount, 0);
  assert.equal(orphaned?.controller, undefined);
  assert.equal(orphaned?.mediaHandler, undefined);

  await registry.registerController(controller);
  const departure = left(meetingId, goes.participantId);
  await meetings.recordParticipants(controllerId, mergeParticipantEvents([departure]));
  assert.equal(await meetings.restoreParticipants(controllerId), 1);
  assert.equal(await countOf(stores, meetingId), 1);
  const current = (await meetings.find({ meetingId }))?.controller?.controllerId ?? null;
  assert.equal(await meetings.assign(meetingId, current, assignment), true);
  assert.equal((await meetings.find({ meetingId }))?.controller?.controllerId, controllerId);
});

Deno.test("an assignment to a media handler that is not known stays open", async () => {
  await using stores = await createTestStores(databases);
  const { controller, assignment } = await registered(stores, "mc");
  const meeting = testMeeting({ assignment });
  await stores.meetings.create(meeting);
  await stores.meetings.assign(meeting.meetingId, controller.controllerId, {
    controllerId: controller.controllerId,
    mediaHandlerId: crypto.randomUUID(),
  });
  const found = await stores.meetings.find({ code: meeting.code });
  assert.ok(found?.controller);
  assert.equal(found.mediaHandler, undefined);
});

Deno.test("a meeting of a room that is gone by now belongs to none", async () => {
  await using stores = await createTestStores(databases);
  const { organisationId } = await stores.tenant("acme");
  const owner = { organisationId, userId: null, clientId: null };
  const meeting = testMeeting({ owner, roomId: crypto.randomUUID() });
  assert.equal((await stores.meetings.create(meeting))?.roomId, null);
  assert.equal((await stores.meetings.find(meeting))?.roomId, null);
});
