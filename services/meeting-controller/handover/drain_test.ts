import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MOVE_LIMIT_MS } from "../meeting/ending.ts";
import { EMPTY_MEETING_LIFETIME_MS, SWEEP_INTERVAL_MS } from "../meeting/meeting_directory.ts";
import { CloseCode } from "../participant/close_code.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessStores, RegionStage } from "../testing/region_stage.ts";

Deno.test("a controller that drains gives its meeting away at once, and people follow without losing media", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const [handler] = stage.media.handlers;
  const people = [await stage.join(first!, "Anna"), await stage.join(first!, "Ben")];
  await stage.pass(100);
  const routes = new Map(handler!.routes);
  const tokens = people.map(({ joined }) => joined.mediaServer);
  stage.announce(second!);
  const settled = first!.controller.handOver();
  for (const person of people) {
    const { controller } = await person.client.event("meetingMoved");
    assert.equal(controller?.meetingControllerUrl, second!.place.endpoint);
    const before = person.client;
    await person.resumeAt(second!);
    before.session.close();
  }
  assert.equal(await settled, false, "people were on their way");
  await stage.pass(200);
  assert.equal(await first!.controller.handOver(), true);
  assert.deepEqual(people.map(({ joined }) => joined.mediaServer), tokens);
  assert.deepEqual(handler!.routes, routes);
  assert.deepEqual([...people[0]!.client.roster.keys()], [people[1]!.id]);
  assert.deepEqual(first!.controller.load(), { meetings: 0, participants: 0 });
  assert.equal(second!.controller.load().participants, 2);
});

Deno.test("who does not follow is let go after a while, and may still come", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  stage.announce(second!);
  await first!.controller.handOver();
  const late = { case: "raiseHand", value: { raised: true } } as const;
  const refused = await anna.client.expectError(anna.client.ask(late));
  assert.equal(refused.code, ErrorCode.MOVED);
  assert.equal(refused.controller?.meetingControllerUrl, second!.place.endpoint);
  await stage.pass(MOVE_LIMIT_MS);
  assert.equal(
    (await stage.clock.advanceUntil(anna.client.closed)).closeCode,
    CloseCode.GOING_AWAY,
  );
  assert.equal(await first!.controller.handOver(), true);
  await anna.resumeAt(second!);
});

Deno.test("whoever comes to a controller that drains is sent to another", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  stage.announce(second!);
  assert.equal(await first!.controller.handOver(), true);
  const client = await first!.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token(first!) };
  const moved = await client.expectError(client.ask({ case: "prepareRequest", value: prepare }));
  assert.equal(moved.code, ErrorCode.MOVED);
  assert.equal(moved.controller?.meetingControllerUrl, second!.place.endpoint);
});

Deno.test("the last controller of a region keeps its meetings, and takes others", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  stage.announce();
  assert.equal(await first!.controller.handOver(), true);
  await anna.client.settle();
  await stage.join(first!, "Ben");
  assert.equal(first!.controller.load().participants, 2);
});

Deno.test("a meeting whose state cannot be written stays until it can", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  stage.announce(second!);
  stores.state.away = true;
  assert.equal(await first!.controller.handOver(), false);
  await anna.client.request({ case: "raiseHand", value: { raised: true } }, "acknowledgement");
  stores.state.away = false;
  await first!.controller.handOver();
  await anna.client.event("meetingMoved");
  await anna.resumeAt(second!);
  assert.ok(anna.joined.self!.handRaised > 0n);
});

Deno.test("a controller that stops without another leaves its meetings to whoever comes", async () => {
  await using stage = await RegionStage.open();
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  await stage.clock.advanceUntil(Promise.resolve(first!.controller[Symbol.asyncDispose]()));
  assert.equal(
    (await stage.clock.advanceUntil(anna.client.closed)).closeCode,
    CloseCode.GOING_AWAY,
  );
  await anna.resumeAt(second!);
});

Deno.test("a meeting that nobody is in any more is given up and forgotten after a while", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first, second] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  await anna.client.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  await stage.pass(EMPTY_MEETING_LIFETIME_MS - SWEEP_INTERVAL_MS);
  const early = await second!.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token(second!) };
  assert.equal(await early.refused({ case: "prepareRequest", value: prepare }), ErrorCode.MOVED);
  await stage.pass(3 * SWEEP_INTERVAL_MS);
  assert.ok(stores.state.lifetimeMs(stage.meetingId) < EMPTY_MEETING_LIFETIME_MS);
  await stage.join(second!, "Ben");
});

Deno.test("a meeting with a lost session is kept for whoever may come back", async () => {
  await using stage = await RegionStage.open();
  const [first] = stage.nodes;
  const anna = await stage.join(first!, "Anna");
  anna.client.session.close();
  await stage.pass(2 * EMPTY_MEETING_LIFETIME_MS);
  await anna.resumeAt(first!);
});

Deno.test("a meeting that a host ended is nowhere any more", async () => {
  const clock = new ManualClock();
  const stores = new InProcessStores(clock);
  await using stage = await RegionStage.open({ clock, stores });
  const [first, second] = stage.nodes;
  const host = await stage.join(first!, "Hedy", { role: "host" });
  await host.client.ask({ case: "endMeeting", value: {} });
  assert.equal(
    (await stage.clock.advanceUntil(host.client.closed)).closeCode,
    CloseCode.MEETING_ENDED,
  );
  await stage.pass(2 * SWEEP_INTERVAL_MS);
  for (const node of [first!, second!]) {
    const client = await node.connect();
    assert.equal(await client.refused(await host.resumeRequest()), ErrorCode.NOT_FOUND);
  }
});
