import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { createTestStores } from "../testing/test_stores.ts";
import { testController } from "../testing/test_servers.ts";
import { SilenceWatch } from "./silence_watch.ts";

const databases = testDatabases();

async function watched() {
  const stores = await createTestStores(databases);
  const { registry, meetings, age } = stores;
  let nowMs = 1_000_000;
  const watch = new SilenceWatch({
    registry,
    meetings,
    log: createLogger("test"),
    now: () => nowMs,
  });
  const [silent, alive] = [testController("silent"), testController("alive")];
  await registry.registerController(silent);
  await registry.registerController(alive);
  const pass = async (ms: number) => {
    nowMs += ms;
    await age(ms);
  };
  const hear = (controllerId: string) =>
    registry.recordHeartbeat({ serverId: controllerId, health: "healthy" });
  const hearAliveFor = async (ms: number) => {
    for (const end = nowMs + ms; nowMs < end;) {
      await pass(2_000);
      await hear(alive.controllerId);
      await watch.heartbeatStored();
    }
  };
  return {
    hearAliveFor,
    /** Asking is a heartbeat: it breaks the silence. */
    isKnown: async () => await hear(silent.controllerId) !== undefined,
    pass,
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  };
}

Deno.test("a server that falls silent is forgotten while others speak", async () => {
  await using stage = await watched();
  const { hearAliveFor, isKnown } = stage;
  await hearAliveFor(12_000);
  assert.equal(await isKnown(), true);
  await hearAliveFor(24_000);
  assert.equal(await isKnown(), false);
});

Deno.test("after a pause of its own it first listens again", async () => {
  await using stage = await watched();
  const { hearAliveFor, isKnown, pass } = stage;
  await hearAliveFor(4_000);
  await pass(60_000);
  await hearAliveFor(14_000);
  assert.equal(await isKnown(), true, "it may not have had the chance to speak");
  await hearAliveFor(24_000);
  assert.equal(await isKnown(), false);
});
