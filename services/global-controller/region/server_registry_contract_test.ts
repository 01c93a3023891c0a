import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { testController, testMediaHandler } from "../testing/test_servers.ts";
import { createTestStores } from "../testing/test_stores.ts";

const databases = testDatabases();

Deno.test("what is registered is listed as it was given", async () => {
  await using stores = await createTestStores(databases);
  const { registry } = stores;
  const capacity = {
    maxMeetings: 4_294_967_295,
    currentMeetings: 1,
    maxParticipants: 20,
    currentParticipants: 3,
  };
  const controller = testController("mc", { capacity });
  const bare = testController("bare", { certificateHashes: [] });
  const handler = testMediaHandler("mh");
  assert.equal(await registry.registerController(controller), false);
  await registry.registerController(bare);
  await registry.registerMediaHandler(handler);
  await registry.registerMediaHandler(testMediaHandler("elsewhere", { region: "eu" }));
  const listed = await registry.listHealthyControllers();
  assert.deepEqual(
    listed.sort((a, b) => b.endpoint.localeCompare(a.endpoint)),
    [controller, bare],
  );
  assert.deepEqual(await registry.listHealthyMediaHandlers("local"), [handler]);
});

Deno.test("a process that starts at an endpoint replaces the one before it", async () => {
  await using stores = await createTestStores(databases);
  const { registry } = stores;
  const [before, after] = [testController("mc"), testController("mc")];
  await registry.registerController(before);
  assert.equal(await registry.registerController(after), true);
  assert.equal(await registry.registerController(after), false);
  assert.deepEqual(await registry.listHealthyControllers(), [after]);
  const gone = { serverId: before.controllerId, health: "healthy" } as const;
  assert.equal(await registry.recordHeartbeat(gone), undefined);
  const [oldHandler, newHandler] = [testMediaHandler("mh"), testMediaHandler("mh")];
  await registry.registerMediaHandler(oldHandler);
  await registry.registerMediaHandler(newHandler);
  assert.deepEqual(await registry.listHealthyMediaHandlers("local"), [newHandler]);
});

Deno.test("many processes registering one endpoint at once leave one of them", async () => {
  await using stores = await createTestStores(databases);
  const { registry } = stores;
  const rivals = Array.from({ length: 8 }, () => testController("mc"));
  const results = await Promise.allSettled(
    rivals.map((rival) => registry.registerController(rival)),
  );
  assert.ok(results.some(({ status }) => status === "fulfilled"));
  assert.equal((await registry.listHealthyControllers()).length, 1);
});

Deno.test("who is silent for over six seconds is not healthy until it speaks", async () => {
  await using stores = await createTestStores(databases);
  const { registry, age } = stores;
  const controller = testController("mc");
  const handler = testMediaHandler("mh");
  await registry.registerController(controller);
  await registry.registerMediaHandler(handler);
  await age(5_000);
  assert.equal((await registry.listHealthyControllers()).length, 1);
  await age(1_500);
  assert.equal((await registry.listHealthyControllers()).length, 0);
  assert.equal((await registry.listHealthyMediaHandlers("local")).length, 0);
  const controllerCapacity = { ...controller.capacity, currentMeetings: 9 };
  assert.deepEqual(
    await registry.recordHeartbeat({
      serverId: controller.controllerId,
      health: "degraded",
      controllerCapacity,
    }),
    { kind: "controller", region: "local" },
  );
  assert.deepEqual(
    await registry.recordHeartbeat({ serverId: handler.handlerId, health: "healthy" }),
    { kind: "mediaHandler", region: "local" },
  );
  assert.deepEqual(await registry.listHealthyControllers(), [
    { ...controller, health: "degraded", capacity: controllerCapacity },
  ]);
  assert.deepEqual(await registry.listHealthyMediaHandlers("local"), [handler]);
});

Deno.test("an unhealthy controller gets no work until it says that it is well", async () => {
  await using stores = await createTestStores(databases);
  const { registry } = stores;
  const controller = testController("mc");
  await registry.registerController(controller);
  await registry.markControllerUnhealthy(controller.controllerId);
  assert.deepEqual(await registry.listHealthyControllers(), []);
  const serverId = controller.controllerId;
  await registry.recordHeartbeat({ serverId, health: "unhealthy" });
  assert.deepEqual(await registry.listHealthyControllers(), []);
  await registry.recordHeartbeat({ serverId, health: "healthy" });
  assert.deepEqual(await registry.listHealthyControllers(), [controller]);
});

Deno.test("who drains is given nothing new, and who says good-bye is forgotten at once", async () => {
  await using stores = await createTestStores(databases);
  const { registry } = stores;
  const controller = testController("mc");
  const handler = testMediaHandler("mh");
  await registry.registerController(controller);
  await registry.registerMediaHandler(handler);
  for (const serverId of [controller.controllerId, handler.handlerId]) {
    await registry.recordHeartbeat({ serverId, health: "draining" });
  }
  assert.deepEqual(await registry.listHealthyControllers(), []);
  assert.deepEqual(await registry.listHealthyMediaHandlers("local"), []);
  assert.equal(await registry.deregister(controller.controllerId), "controller");
  assert.equal(await registry.deregister(handler.handlerId), "mediaHandler");
  for (const serverId of [controller.controllerId, handler.handlerId]) {
    assert.equal(await registry.deregister(serverId), undefined);
    assert.equal(await registry.recordHeartbeat({ serverId, health: "draining" }), undefined);
  }
});

Deno.test("servers silent for long are forgotten, the others stay", async () => {
  await using stores = await createTestStores(databases);
  const { registry, age } = stores;
  const [silent, alive] = [testController("silent"), testController("alive")];
  const handler = testMediaHandler("mh");
  await registry.registerController(silent);
  await registry.registerMediaHandler(handler);
  await age(20_000);
  await registry.registerController(alive);
  assert.equal(await registry.forgetSilentServers(15_000), 1);
  assert.equal(await registry.forgetSilentServers(15_000), 0);
  for (const serverId of [silent.controllerId, handler.handlerId]) {
    assert.equal(await registry.recordHeartbeat({ serverId, health: "healthy" }), undefined);
  }
  assert.deepEqual(await registry.listHealthyControllers(), [alive]);
});
