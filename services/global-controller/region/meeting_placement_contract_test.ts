import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import { eventually } from "../testing/eventually.ts";
import { ScriptedControllers, testController, testMediaHandler } from "../testing/test_servers.ts";
import { createTestStores } from "../testing/test_stores.ts";
import { MeetingEndedError, MeetingPlacement, NoControllerError } from "./meeting_placement.ts";
import { RegionChoice } from "./region_choice.ts";
import type { RegisteredController } from "./registered_server.ts";

const databases = testDatabases();

async function placed(controllers: RegisteredController[]) {
  const stores = await createTestStores(databases);
  const { registry, meetings, age } = stores;
  const client = new ScriptedControllers();
  const mediaHandler = testMediaHandler("mh");
  client.mediaHandler = mediaHandler;
  await registry.registerMediaHandler(mediaHandler);
  for (const controller of controllers) await registry.registerController(controller);
  const placement = new MeetingPlacement({
    registry,
    meetings,
    controllers: client,
    regions: new RegionChoice({
      ownRegion: "local",
      locations: new Map([
        ["local", { latitude: 50, longitude: 8 }],
        ["eu", { latitude: 53, longitude: -6 }],
        ["us", { latitude: 37, longitude: -122 }],
      ]),
    }),
    log: createLogger("test"),
  });
  const configuration = () => testMeeting();
  const create = async () => {
    const meeting = configuration();
    const { controller } = await placement.placeNew(meeting);
    await meetings.create({
      ...meeting,
      assignment: {
        controllerId: controller.controllerId,
        mediaHandlerId: mediaHandler.handlerId,
      },
    });
    return meeting.meetingId;
  };
  const find = async (meetingId: string) => (await meetings.find({ meetingId }))!;
  return {
    registry,
    meetings,
    client,
    mediaHandler,
    placement,
    configuration,
    create,
    find,
    age,
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  };
}

Deno.test("meetings go to our region's healthy controllers with room, else further away", async () => {
  const full = { maxMeetings: 5, currentMeetings: 5, maxParticipants: 0, currentParticipants: 0 };
  const near = testController("near");
  const degraded = testController("degraded", { health: "degraded" });
  await using stage = await placed([
    testController("full", { capacity: full }),
    testController("unwell", { health: "unhealthy" }),
    testController("far", { region: "eu" }),
    degraded,
    near,
  ]);
  const { registry, placement, configuration, client } = stage;
  const chosen = async () => (await placement.placeNew(configuration())).controller.endpoint;
  for (let index = 0; index < 20; index++) assert.equal(await chosen(), near.endpoint);
  client.refusals.set(near.rpcEndpoint, "busy");
  assert.equal(await chosen(), degraded.endpoint);
  client.refusals.set(degraded.rpcEndpoint, "away");
  assert.equal(await chosen(), "https://far.example:4433");
  const healthy = (await registry.listHealthyControllers()).map(({ endpoint }) => endpoint);
  assert.ok(healthy.includes(near.endpoint), "busy is not unhealthy");
  assert.ok(!healthy.includes(degraded.endpoint), "away is");
});

Deno.test("a meeting stays where it is, without a call, while its servers live", async () => {
  await using stage = await placed([
    testController("a"),
    testController("b"),
  ]);
  const { placement, client, create, find } = stage;
  const meetingId = await create();
  const before = await find(meetingId);
  const { controller } = await placement.place(before);
  assert.equal(controller.controllerId, before.controller?.controllerId);
  assert.equal(client.assigned.length, 1);
});

Deno.test("a meeting that was left for long is made known to its controller again", async () => {
  const near = testController("near");
  await using stage = await placed([near]);
  const { placement, client, meetings } = stage;
  const meeting = await stage.find(await stage.create());
  const { meetingId } = meeting;
  const created = client.assigned.length;
  const longAgo = { ...meeting, createdAt: new Date(Date.now() - 20 * 60 * 1000) };
  assert.equal((await placement.place(longAgo)).controller.endpoint, near.endpoint);
  assert.deepEqual(client.assigned.slice(created), [`${near.rpcEndpoint} ${meetingId}`]);
  assert.equal((await meetings.find({ meetingId }))?.controller?.controllerId, near.controllerId);
  await placement.place({ ...longAgo, participantCount: 1 });
  assert.equal(client.assigned.length, created + 1, "a controller keeps those that are held");
});

Deno.test("a meeting whose controller fell silent moves once, however many join", async () => {
  const [a, b] = [testController("a"), testController("b")];
  await using stage = await placed([a, b]);
  const { registry, placement, client, mediaHandler, create, find, age } = stage;
  const meetingId = await create();
  const before = (await find(meetingId)).controller!.controllerId;
  const survivor = before === a.controllerId ? b : a;
  await age(7_000);
  await registry.recordHeartbeat({ serverId: survivor.controllerId, health: "healthy" });
  await registry.recordHeartbeat({ serverId: mediaHandler.handlerId, health: "healthy" });
  const meeting = await find(meetingId);
  const placements = await Promise.all([1, 2, 3, 4].map(() => placement.place(meeting)));
  // Requests overtake one another: this one read the meeting before it moved.
  placements.push(await placement.place(meeting));
  for (const { controller, mediaHandler: handler } of placements) {
    assert.equal(controller.controllerId, survivor.controllerId);
    assert.equal(handler?.endpoint, mediaHandler.endpoint);
  }
  assert.equal(client.assigned.length, 2);
  assert.equal((await find(meetingId)).controller?.controllerId, survivor.controllerId);
});

Deno.test("a controller that was started again gets its meetings back", async () => {
  await using stage = await placed([
    testController("a"),
    testController("b"),
  ]);
  const { registry, placement, create, find } = stage;
  const meetingId = await create();
  const { endpoint } = (await find(meetingId)).controller!;
  const restarted = testController(endpoint.includes("//a.") ? "a" : "b");
  await registry.registerController(restarted);
  const { controller } = await placement.place(await find(meetingId));
  assert.equal(controller.controllerId, restarted.controllerId);
});

Deno.test("a media handler that is gone is asked for again, at the same controller", async () => {
  await using stage = await placed([testController("a")]);
  const { registry, placement, client, create, find } = stage;
  const meetingId = await create();
  const next = testMediaHandler("mh");
  await registry.registerMediaHandler(next);
  client.mediaHandler = next;
  await placement.place(await find(meetingId));
  const found = await find(meetingId);
  assert.equal(found.mediaHandler?.handlerId, next.handlerId);
  assert.equal(client.assigned.length, 2);
});

Deno.test("with no controller at all, and for a meeting that ends meanwhile, it says so", async () => {
  const a = testController("a");
  await using stage = await placed([a]);
  const { registry, meetings, placement, client, create, find } = stage;
  const meetingId = await create();
  client.refusals.set(a.rpcEndpoint, "away");
  await registry.markControllerUnhealthy(a.controllerId);
  const unplaced = await find(meetingId);
  await assert.rejects(placement.place(unplaced), NoControllerError);
  assert.deepEqual(await registry.listHealthyControllers(), []);
  await registry.registerController(testController("b"));
  const assign = client.assignMeeting.bind(client);
  client.assignMeeting = async (...call) => {
    await meetings.end(meetingId);
    return await assign(...call);
  };
  const asked = client.assigned.length;
  await assert.rejects(placement.place(unplaced), MeetingEndedError);
  await assert.rejects(placement.place(unplaced), MeetingEndedError);
  assert.equal(client.assigned.length, asked + 1, "nobody is asked for one that has ended");
});

Deno.test("the caller's region comes first, then the others by their distance from there", async () => {
  const regions = ["us", "eu", "local"];
  await using stage = await placed(regions.map((region) => testController(region, { region })));
  const { placement, configuration, client } = stage;
  const chosen = async (requested: string) =>
    (await placement.placeNew(configuration(), { address: "192.0.2.1", requested }))
      .controller.region;
  assert.equal(await chosen("us"), "us");
  client.refusals.set("http://us.example:5000", "busy");
  assert.equal(await chosen("us"), "eu");
  client.refusals.set("http://eu.example:5000", "busy");
  assert.equal(await chosen("us"), "local");
});

Deno.test("a region that is gone is left after two of its controllers did not answer", async () => {
  const dead = Array.from({ length: 8 }, (_, index) => testController(`dead${index}`));
  const other = testController("other", { region: "us" });
  await using stage = await placed([...dead, other]);
  const { placement, configuration, client } = stage;
  for (const { rpcEndpoint } of dead) client.refusals.set(rpcEndpoint, "away");
  const { controller } = await placement.placeNew(configuration());
  assert.equal(controller.controllerId, other.controllerId);
  assert.equal(client.assigned.length, 3);
});

Deno.test("a region whose media handlers are gone is used only when no other has any", async () => {
  const [near, far] = [testController("near"), testController("far", { region: "eu" })];
  await using stage = await placed([near, far]);
  const { placement, configuration, client } = stage;
  client.withoutMedia.add(near.rpcEndpoint);
  assert.equal((await placement.placeNew(configuration())).controller.region, "eu");
  client.withoutMedia.add(far.rpcEndpoint);
  const alone = await placement.placeNew(configuration());
  assert.deepEqual([alone.controller.region, alone.mediaHandler], ["local", undefined]);
});

Deno.test("a meeting that lost its region comes back to it once that is there again", async () => {
  const [home, refuge] = [testController("a"), testController("b", { region: "us" })];
  await using stage = await placed([home, refuge]);
  const { registry, placement, create, find } = stage;
  const meetingId = await create();
  await registry.deregister(home.controllerId);
  const move = async () => (await placement.place(await find(meetingId))).controller.region;
  assert.equal(await move(), "us");
  await registry.registerController(testController("a"));
  assert.equal(await move(), "us", "nobody moves it while it has a place");
  await registry.deregister(refuge.controllerId);
  assert.equal(await move(), "local");
});

Deno.test("a meeting that is nowhere yet is placed near whoever comes first", async () => {
  const regions = ["us", "eu", "local"];
  await using stage = await placed(regions.map((region) => testController(region, { region })));
  const { meetings, placement, configuration, find } = stage;
  const meeting = configuration();
  await meetings.create(meeting);
  const near = (region: string) => ({ address: "192.0.2.1", roundTripsMs: { [region]: 1 } });
  const place = async (region: string) =>
    (await placement.place(await find(meeting.meetingId), near(region))).controller.region;
  assert.equal(await place("eu"), "eu");
  assert.equal(await place("us"), "eu", "it has a place now");
});

Deno.test("a draining controller keeps a meeting that goes on there, and no other", async () => {
  const [old, next] = [testController("a"), testController("b", { region: "us" })];
  await using stage = await placed([old, next]);
  const { registry, placement, client, create, find } = stage;
  const meetingId = await create();
  await registry.recordHeartbeat({ serverId: old.controllerId, health: "draining" });
  const place = async () => (await placement.place(await find(meetingId))).controller.controllerId;
  assert.equal(await place(), old.controllerId, "it still takes this one");
  client.refusals.set(old.rpcEndpoint, "busy");
  assert.equal(await place(), next.controllerId);
});

Deno.test("a controller that is gone is left at the first join that nobody had to wait for", async () => {
  const [dead, alive] = [testController("a"), testController("b", { region: "us" })];
  await using stage = await placed([dead, alive]);
  const { placement, client, create, find } = stage;
  const meetingId = await create();
  client.refusals.set(dead.rpcEndpoint, "away");
  const place = async () => (await placement.place(await find(meetingId))).controller.controllerId;
  await place();
  await eventually("joins go elsewhere", 5_000, async () => await place() === alive.controllerId);
});

Deno.test("whoever joins at a controller with an overdue heartbeat waits for a look at it", async () => {
  const [dead, alive] = [testController("a"), testController("b", { region: "us" })];
  await using stage = await placed([dead, alive]);
  const { registry, placement, client, mediaHandler, create, find, age } = stage;
  const meetingId = await create();
  await age(3_000);
  for (const serverId of [alive.controllerId, mediaHandler.handlerId]) {
    await registry.recordHeartbeat({ serverId, health: "healthy" });
  }
  const meeting = await find(meetingId);
  assert.deepEqual([meeting.controller?.healthy, meeting.controller?.overdue], [true, true]);
  client.refusals.set(dead.rpcEndpoint, "away");
  assert.equal((await placement.place(meeting)).controller.controllerId, alive.controllerId);
});
