import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import { LEASE_LIFETIME_MS } from "../ownership/meeting_ownership.ts";
import { livelyMeeting, seenBy } from "../testing/lively_meeting.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessStores, RegionStage } from "../testing/region_stage.ts";

/** Longer than a lease lives after its last renewal. */
const LEASE_IS_OVER_MS = LEASE_LIFETIME_MS + 1_000;

Deno.test("another controller goes on with the meeting of one that died: nothing acknowledged is lost", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const { people, cleo } = await livelyMeeting(stage);
  const before = people.map(seenBy);
  const [handler] = stage.media.handlers;
  const mediaBefore = new Map(handler!.routes);
  first!.kill();
  await stage.pass(LEASE_IS_OVER_MS);
  for (const person of people) await person.resumeAt(second!);
  // Whoever came first was told of the others while they were on their way.
  for (const person of people) await person.resumeAt(second!);
  assert.deepEqual(people.map(seenBy), before);
  await stage.pass(100);
  assert.deepEqual(handler!.participants, new Set(people.map(({ id }) => id)));
  assert.deepEqual(new Set(handler!.routes.keys()), new Set(mediaBefore.keys()));
  for (const [streamId, { destinations }] of mediaBefore) {
    assert.deepEqual(handler!.routes.get(streamId)?.destinations, destinations);
  }
  assert.deepEqual(handler!.silenced, new Set(cleo.streams.map(({ streamId }) => streamId)));
});

Deno.test("nobody takes a meeting while the lease of its controller lives", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  const client = await second!.connect();
  const refused = await client.expectError(client.ask(await anna.resumeRequest()));
  assert.equal(refused.code, ErrorCode.MOVED);
  assert.equal(refused.controller?.meetingControllerUrl, first!.place.endpoint);
  const late = await second!.connect();
  const joinToken = await stage.token(second!);
  const prepare = { meetingId: stage.meetingId, joinToken };
  const moved = await late.expectError(late.ask({ case: "prepareRequest", value: prepare }));
  assert.equal(moved.code, ErrorCode.MOVED);
  assert.equal(moved.controller?.meetingControllerUrl, first!.place.endpoint);
});

Deno.test("an owner that was stopped past its lease is refused wherever it writes, and steps down", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const [handler] = stage.media.handlers;
  const anna = await stage.join(first!, "Anna");
  const ben = await stage.join(first!, "Ben");
  await stage.pass(100);
  first!.reach.isCut = true;
  await stage.pass(LEASE_IS_OVER_MS);
  // While it may not be the owner any more it acknowledges nothing.
  const hand = { case: "raiseHand", value: { raised: true } } as const;
  assert.equal(await anna.client.refused(hand), ErrorCode.UNAVAILABLE);
  await ben.resumeAt(second!);
  await stage.pass(100);
  const ofSecond = handler!.epochs.get(stage.meetingId)!;

  first!.reach.isCut = false;
  const { streamId } = anna.streams[0]!;
  const unpublish = { case: "unpublishStream", value: { streamId } } as const;
  assert.equal(await anna.client.refused(unpublish), ErrorCode.UNAVAILABLE);
  await stage.pass(2_000);
  assert.equal(
    (await stage.clock.advanceUntil(anna.client.closed)).closeCode,
    CloseCode.GOING_AWAY,
  );
  assert.equal(first!.controller.load().participants, 0);
  assert.equal(handler!.epochs.get(stage.meetingId), ofSecond);
  await anna.resumeAt(second!);
  assert.deepEqual([...anna.client.roster.keys()], [ben.id]);
  assert.ok(handler!.routes.has(streamId));
});

Deno.test("what people do while the store is away is there for the next owner once it was back", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  stores.state.away = true;
  const ben = await stage.join(first!, "Ben");
  await ben.client.request({ case: "raiseHand", value: { raised: true } }, "acknowledgement");
  stores.state.away = false;
  stores.state.empty();
  await stage.pass(3_000);
  first!.kill();
  await stage.pass(LEASE_IS_OVER_MS);
  await anna.resumeAt(second!);
  const seen = anna.joined.existingParticipants.map((
    { participantId, handRaised },
  ) => [participantId, handRaised > 0n]);
  assert.deepEqual(seen, [[ben.id, true]]);
});

Deno.test("a meeting is not taken blindly while the store cannot say who is in it", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  first!.kill();
  await stage.pass(LEASE_IS_OVER_MS);
  stores.state.away = true;
  const client = await second!.connect();
  assert.equal(await client.refused(await anna.resumeRequest()), ErrorCode.UNAVAILABLE);
  stores.state.away = false;
  await anna.resumeAt(second!);
});

Deno.test("many who come at once to a meeting without an owner find one", async () => {
  await using stage = await RegionStage.open({ nodes: 3 });
  const [first, second, third] = stage.nodes;
  const people = await Promise.all(
    Array.from({ length: 12 }, (_, index) => stage.join(first!, `P${index}`)),
  );
  first!.kill();
  await stage.pass(LEASE_IS_OVER_MS);
  const places = await Promise.all(people.map(async (person, index) => {
    const node = index % 2 === 0 ? second! : third!;
    const client = await node.connect();
    const answer = await client.ask(await person.resumeRequest());
    if (answer.case === "joinResponse") return node.place.endpoint;
    if (answer.case !== "error") throw new Error(`answered ${answer.case}`);
    assert.equal(answer.value.code, ErrorCode.MOVED);
    return answer.value.controller!.meetingControllerUrl;
  }));
  assert.equal(new Set(places).size, 1);
});
