import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal, unavailable } from "../meeting/refusal.ts";
import { ContextStage } from "../testing/context_stage.ts";
import { UNSURE_LIFETIME_MS } from "./unsure_actions.ts";
import { Deeds, MAX_WAITING_DEEDS, type Plan } from "./deeds.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

function stage() {
  const context = new ContextStage();
  const done: string[] = [];
  const plan = (name: string): Plan => ({
    deeds: [{ deed: { action: "lock" } }],
    apply: () => void done.push(name),
  });
  return {
    context,
    deeds: new Deeds(context),
    host: context.join("Host", { role: "host" }),
    done,
    plan,
  };
}

Deno.test("nothing is done before it is recorded", async () => {
  const { context, deeds, host, done, plan } = stage();
  const recording = Promise.withResolvers<void>();
  context.recording = recording.promise;
  const running = deeds.run(host, () => plan("locked"));
  await context.settle();
  assert.deepEqual([context.recorded.length, done], [0, []]);
  recording.resolve();
  await running;
  assert.deepEqual([context.recorded.length, done], [1, ["locked"]]);
});

Deno.test("what cannot be recorded is not done, and what comes after it is", async () => {
  const { context, deeds, host, done, plan } = stage();
  context.recording = Promise.reject(unavailable());
  await assert.rejects(
    deeds.run(host, () => plan("first")),
    refusedAs(ErrorCode.UNAVAILABLE),
  );
  context.recording = Promise.resolve();
  await deeds.run(host, () => plan("second"));
  assert.deepEqual(done, ["second"]);
});

/** The ids of all actions that were to be recorded, also in vain. */
function attempts(context: ContextStage): string[] {
  const ids: string[] = [];
  const record = context.record.bind(context);
  context.record = async (actions) => {
    ids.push(...actions.map(({ actionId }) => actionId));
    await record(actions);
  };
  return ids;
}

Deno.test("what may have been recorded keeps its id when it is tried again", async () => {
  const { context, deeds, host, plan } = stage();
  const ids = attempts(context);
  context.recording = Promise.reject(unavailable());
  await assert.rejects(deeds.run(host, () => plan("first")));
  context.recording = Promise.resolve();
  for (const name of ["again", "anew"]) await deeds.run(host, () => plan(name));
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
});

Deno.test("a deed long after one that may have been recorded is another", async () => {
  const { context, deeds, host, plan } = stage();
  const ids = attempts(context);
  context.recording = Promise.reject(unavailable());
  await assert.rejects(deeds.run(host, () => plan("first")));
  context.recording = Promise.resolve();
  context.clock.advance(UNSURE_LIFETIME_MS);
  await deeds.run(host, () => plan("later"));
  assert.notEqual(ids[0], ids[1]);
});

Deno.test("a deed is checked when those before it are done", async () => {
  const { deeds, host, done, plan } = stage();
  const seen: string[][] = [];
  await Promise.all(["one", "two"].map((name) =>
    deeds.run(host, () => {
      seen.push([...done]);
      return plan(name);
    })
  ));
  assert.deepEqual(seen, [[], ["one"]]);
});

Deno.test("a deed does not wait for the end of what the one before it set off", async () => {
  const { deeds, host, done, plan } = stage();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = deeds.run(host, () => ({ ...plan("first"), apply: () => promise }));
  await deeds.run(host, () => plan("second"));
  assert.deepEqual(done, ["second"]);
  resolve();
  await first;
});

Deno.test("nothing is recorded of what changes nothing, or is refused", async () => {
  const { context, deeds, host } = stage();
  await deeds.run(host, () => undefined);
  const refuse = () => {
    throw new Refusal(ErrorCode.FORBIDDEN, "no");
  };
  await assert.rejects(deeds.run(host, refuse), refusedAs(ErrorCode.FORBIDDEN));
  assert.equal(context.recorded.length, 0);
});

Deno.test("who left while deeds before were recorded does nothing any more", async () => {
  const { context, deeds, host, plan } = stage();
  const running = deeds.run(host, () => plan("locked"));
  context.roster.remove(host);
  await assert.rejects(running, refusedAs(ErrorCode.NOT_FOUND));
});

Deno.test("deeds that wait have a bound", async () => {
  const { context, deeds, host, done, plan } = stage();
  const recording = Promise.withResolvers<void>();
  context.recording = recording.promise;
  const waiting = Array.from(
    { length: MAX_WAITING_DEEDS },
    () => deeds.run(host, () => plan("done")),
  );
  await assert.rejects(
    deeds.run(host, () => plan("too many")),
    refusedAs(ErrorCode.UNAVAILABLE),
  );
  recording.resolve();
  await Promise.all(waiting);
  assert.equal(done.length, MAX_WAITING_DEEDS);
});

Deno.test("who does not moderate is refused at once, and keeps no moderator waiting", async () => {
  const { context, deeds, host, done, plan } = stage();
  const recording = Promise.withResolvers<void>();
  context.recording = recording.promise;
  const running = deeds.run(host, () => plan("host's"));
  const guest = context.join("Guest");
  for (let tries = 0; tries < MAX_WAITING_DEEDS; tries++) {
    await assert.rejects(deeds.run(guest, () => plan("guest's")), refusedAs(ErrorCode.FORBIDDEN));
  }
  const another = deeds.run(host, () => plan("host's again"));
  recording.resolve();
  await Promise.all([running, another]);
  assert.deepEqual(done, ["host's", "host's again"]);
});
