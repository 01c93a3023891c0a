import assert from "node:assert/strict";
import type { WorkerRequest } from "./protocol.ts";
import { RequestOrder } from "./request_order.ts";

/** An order in which a join is under way, with what was begun after it. */
function whileJoining({ inLobby = false } = {}) {
  const order = new RequestOrder(() => inLobby);
  const begun: WorkerRequest["name"][] = [];
  const joining = Promise.withResolvers<void>();
  void order.run("join", () => joining.promise).catch(() => undefined);
  const ask = (name: WorkerRequest["name"]) =>
    order.run(name, () => Promise.resolve(void begun.push(name)));
  return { begun, joining, ask };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

Deno.test("devices are switched once the join is over, in the order of the asking", async () => {
  const { begun, joining, ask } = whileJoining();
  void ask("set-camera-off");
  void ask("set-microphone-muted");
  await turns();
  assert.deepEqual(begun, []);
  joining.resolve();
  await turns();
  assert.deepEqual(begun, ["set-camera-off", "set-microphone-muted"]);
});

Deno.test("a join that fails holds up nothing", async () => {
  const { begun, joining, ask } = whileJoining();
  void ask("set-camera-off");
  joining.reject(new Error("refused"));
  await turns();
  assert.deepEqual(begun, ["set-camera-off"]);
});

Deno.test("who waits in the lobby switches devices meanwhile", async () => {
  const { begun, ask } = whileJoining({ inLobby: true });
  await ask("set-camera-off");
  assert.deepEqual(begun, ["set-camera-off"]);
});

for (const name of ["leave", "action"] as const) {
  Deno.test(`"${name}" waits for nothing`, async () => {
    const { begun, ask } = whileJoining();
    await ask(name);
    assert.deepEqual(begun, [name]);
  });
}
