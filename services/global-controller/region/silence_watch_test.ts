import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { InProcessMeetingStore } from "../meeting/in_process_meeting_store.ts";
import { testController } from "../testing/in_process_controller.ts";
import { InProcessServerRegistry } from "./in_process_server_registry.ts";
import { SilenceWatch } from "./silence_watch.ts";

async function watched() {
  let nowMs = 1_000_000;
  const now = () => nowMs;
  const registry = new InProcessServerRegistry(now);
  const watch = new SilenceWatch({
    registry,
    meetings: new InProcessMeetingStore(registry),
    log: createLogger("test"),
    now,
  });
  const [silent, alive] = [testController("silent"), testController("alive")];
  await registry.registerController(silent);
  await registry.registerController(alive);
  const hearAliveFor = async (ms: number) => {
    for (const end = nowMs + ms; nowMs < end;) {
      nowMs += 2_000;
      await registry.recordHeartbeat({ serverId: alive.controllerId, health: "healthy" });
      await watch.heartbeatStored();
    }
  };
  const isKnown = () => registry.controller(silent.controllerId) !== undefined;
  return { hearAliveFor, isKnown, pass: (ms: number) => nowMs += ms };
}

Deno.test("a server that falls silent is forgotten while others speak", async () => {
  const { hearAliveFor, isKnown } = await watched();
  await hearAliveFor(12_000);
  assert.equal(isKnown(), true);
  await hearAliveFor(12_000);
  assert.equal(isKnown(), false);
});

Deno.test("after a pause of its own it first listens again", async () => {
  const { hearAliveFor, isKnown, pass } = await watched();
  await hearAliveFor(4_000);
  pass(60_000);
  await hearAliveFor(14_000);
  assert.equal(isKnown(), true, "it may not have had the chance to speak");
  await hearAliveFor(8_000);
  assert.equal(isKnown(), false);
});
