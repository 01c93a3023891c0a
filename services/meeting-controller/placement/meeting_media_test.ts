import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Route } from "../subscription/route_changes.ts";
import { FakeMediaHandler, FakeMediaHandlers } from "../testing/fake_media_handlers.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { REGISTRATION_FRESH_MS } from "./media_registrations.ts";
import { MeetingMedia } from "./meeting_media.ts";

const source = (silenced = false) => ({
  streamId: "microphone",
  streamType: 0,
  participantId: "anna",
  metadata: undefined,
  silenced,
});
const toBen: Route = { source: source(), destinations: new Map([["ben", undefined]]) };

/** The media of one meeting under this epoch, and what it told. */
function mediaOf(
  handlers: FakeMediaHandlers,
  epoch: bigint,
  routes: Route[] = [],
  clock: Clock = systemClock,
) {
  const told: string[] = [];
  const media = new MeetingMedia({
    meetingId: "meeting",
    epoch,
    e2eEncryption: () => true,
    handlers,
    plan: {
      streamsOf: () => [],
      routes: () => routes,
      placed: (handlerId) => told.push(`placed at ${handlerId}`),
      moved: (id, server) => told.push(`${id} moved to ${server.mediaHandlerUrl}`),
    },
    onStale: () => told.push("stale"),
    clock,
    log: createLogger("test"),
  });
  return Object.assign(media, { whatItTold: told });
}

/** A handler at which an owner of epoch 1 registered Anna, Ben and a ghost. */
async function setUpBefore() {
  const handlers = new FakeMediaHandlers([new FakeMediaHandler("mh-1")]);
  const before = mediaOf(handlers, 1n);
  for (const id of ["anna", "ben", "ghost"]) await before.register(id, [], {});
  before.changes.publish(toBen);
  before.wake();
  await before.told();
  return { handlers, handler: handlers.handlers[0]!, before };
}

Deno.test("a new owner goes on with the media that stands: nobody is told, and only ghosts go", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  const token = (await before.register("anna", [], {})).connectionToken;
  await using media = mediaOf(handlers, 2n, [toBen]);
  media.takeOver("mh-1", ["anna", "ben"]);
  await media.told();
  assert.deepEqual(media.whatItTold, ["placed at mh-1"]);
  assert.deepEqual(handler.participants, new Set(["anna", "ben"]));
  assert.equal((await media.register("anna", [], {})).connectionToken, token);
  assert.deepEqual(handler.routes.get("microphone")?.destinations, new Set(["ben"]));
});

Deno.test("a new owner learns where those who stay are without asking for each of them", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  const { connectionToken } = await before.register("anna", [], {});
  const { registrations } = handler;
  await using media = mediaOf(handlers, 2n, [toBen]);
  media.takeOver("mh-1", ["anna", "ben"]);
  assert.equal((await media.reach("anna", [], {})).connectionToken, connectionToken);
  await media.told();
  assert.equal(handler.registrations, registrations);
});

Deno.test("who is reached when the registration is old is registered again", async () => {
  const clock = new ManualClock();
  const handlers = new FakeMediaHandlers([new FakeMediaHandler("mh-1")]);
  const handler = handlers.handlers[0]!;
  await using media = mediaOf(handlers, 1n, [], clock);
  const { connectionToken } = await media.register("anna", [], {});
  clock.advance(REGISTRATION_FRESH_MS - 1);
  assert.equal((await media.reach("anna", [], {})).connectionToken, connectionToken);
  assert.equal(handler.registrations, 1);
  handler.forget();
  clock.advance(1);
  assert.notEqual((await media.reach("anna", [], {})).connectionToken, connectionToken);
});

Deno.test("whoever joins while a new owner begins is not taken for a ghost", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  const gate = Promise.withResolvers<void>();
  handler.gate = gate.promise;
  await using media = mediaOf(handlers, 2n);
  media.takeOver("mh-1", ["anna"]);
  const joining = media.register("cleo", [], {});
  gate.resolve();
  await joining;
  await media.told();
  assert.deepEqual(handler.participants, new Set(["anna", "cleo"]));
});

Deno.test("a new owner that finds the media handler gone places the media anew", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  handler.die();
  handlers.handlers.push(new FakeMediaHandler("mh-2"));
  await using media = mediaOf(handlers, 2n, [toBen]);
  media.takeOver("mh-1", ["anna", "ben"]);
  await media.told();
  assert.deepEqual(
    new Set(media.whatItTold),
    new Set([
      "placed at mh-2",
      "anna moved to https://mh-2.test:4434",
      "ben moved to https://mh-2.test:4434",
    ]),
  );
});

Deno.test("a media handler that dies just when a new owner takes over is replaced", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  handlers.handlers.push(new FakeMediaHandler("mh-2"));
  handler.dead = true;
  await using media = mediaOf(handlers, 2n, [toBen]);
  media.takeOver("mh-1", ["anna"]);
  await media.told();
  assert.deepEqual(media.whatItTold, [
    "placed at mh-1",
    "placed at mh-2",
    "anna moved to https://mh-2.test:4434",
  ]);
});

Deno.test("nobody is left over of a meeting that a new owner finds empty", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  await using media = mediaOf(handlers, 2n);
  media.takeOver("mh-1", []);
  await media.told();
  assert.equal(handler.participants.size, 0);
});

Deno.test("the owner before is refused, told so once, and changes nothing any more", async () => {
  const { handlers, handler, before } = await setUpBefore();
  await using _ = before;
  await using media = mediaOf(handlers, 2n, [toBen]);
  media.takeOver("mh-1", ["anna", "ben"]);
  await media.told();
  before.remove("anna");
  before.changes.unpublish(source());
  before.wake();
  await before.removed("anna");
  await before.told();
  await assert.rejects(before.register("dora", [], {}));
  assert.deepEqual(before.whatItTold, ["placed at mh-1", "stale"]);
  assert.deepEqual(handler.participants, new Set(["anna", "ben"]));
  assert.equal(handler.routes.size, 1);
});

Deno.test("silence is told before whoever waits for it goes on, and lifted likewise", async () => {
  const { handler, before } = await setUpBefore();
  await using media = before;
  media.changes.silence(source(), true);
  media.wake();
  await media.told();
  assert.deepEqual(handler.silenced, new Set(["microphone"]));
  media.changes.silence(source(), false);
  media.wake();
  await media.told();
  assert.deepEqual(handler.silenced, new Set());
});

Deno.test("who waits for a change does not wait for what others change later", async () => {
  const { handler, before } = await setUpBefore();
  await using media = before;
  media.changes.silence(source(), true);
  media.wake();
  const first = media.told();
  const second = first.then(() => {
    const gate = Promise.withResolvers<void>();
    handler.gate = gate.promise;
    media.changes.silence(source(), false);
    media.wake();
    return gate;
  });
  (await second).resolve();
  await media.told();
  assert.equal(handler.silenced.size, 0);
});
