import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { StreamMetadataSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RouteChange } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { MAX_DESTINATIONS_PER_BATCH, RouteChanges } from "./route_changes.ts";

const source = (streamId: string, participantId = "anna") => ({
  streamId,
  participantId,
  streamType: 0,
  metadata: undefined,
  silenced: false,
});
const to = (...ids: string[]) => new Map(ids.map((id) => [id, undefined]));
const told = (changes: RouteChanges) =>
  changes.takeBatch().map((command) =>
    [
      RouteChange[command.change],
      command.sourceStreamId,
      command.destinationParticipantIds.join(),
    ].join(" ")
  );

Deno.test("changes of one stream between two batches merge", () => {
  const changes = new RouteChanges();
  changes.publish({ source: source("s"), destinations: to("ben") });
  changes.addDestination(source("s"), "cleo", undefined);
  changes.removeDestination(source("s"), "ben");
  assert.deepEqual(told(changes), ["UNSPECIFIED s cleo"]);
  changes.addDestination(source("s"), "ben", undefined);
  changes.removeDestination(source("s"), "cleo");
  changes.addDestination(source("s"), "cleo", undefined);
  changes.removeDestination(source("s"), "dora");
  assert.deepEqual(told(changes), [
    "REMOVE_DESTINATIONS s dora",
    "ADD_DESTINATIONS s ben,cleo",
  ]);
  assert.ok(changes.isEmpty);
});

Deno.test("a stream that comes and goes between two batches is never told", () => {
  const changes = new RouteChanges();
  changes.publish({ source: source("s"), destinations: to("ben") });
  changes.unpublish(source("s"));
  assert.deepEqual(told(changes), []);
});

Deno.test("a stream id that someone else publishes anew ends the old route first", () => {
  const changes = new RouteChanges();
  changes.unpublish(source("s"));
  changes.publish({ source: source("s", "ben"), destinations: to("anna") });
  assert.deepEqual(told(changes), ["REMOVE_ROUTE s ", "UNSPECIFIED s anna"]);
  changes.unpublish(source("s", "ben"));
  changes.publish({ source: source("s", "anna"), destinations: to() });
  changes.forgetParticipant("anna");
  assert.deepEqual(told(changes), ["REMOVE_ROUTE s "]);
});

Deno.test("of someone who left nothing is told", () => {
  const changes = new RouteChanges();
  changes.publish({ source: source("s"), destinations: to("ben") });
  changes.publish({ source: source("t", "ben"), destinations: to("anna") });
  changes.addDestination(source("u", "cleo"), "ben", undefined);
  changes.forgetParticipant("ben");
  assert.deepEqual(told(changes), ["UNSPECIFIED s "]);
});

Deno.test("subscribers with a choice of their own get a command of their own", () => {
  const changes = new RouteChanges();
  const choice = {
    $typeName: "dark_tower.signaling.v1.SubscriptionOptions",
    preferredLayer: "half",
    maxBitrate: 0,
  } as const;
  changes.publish({ source: source("s"), destinations: to("ben") });
  changes.addDestination(source("s"), "cleo", choice);
  assert.deepEqual(told(changes), ["UNSPECIFIED s ben", "ADD_DESTINATIONS s cleo"]);
});

Deno.test("the media handler is told the layers of a stream with whoever gets it", () => {
  const changes = new RouteChanges();
  const metadata = create(StreamMetadataSchema, { codec: "vp8" });
  const camera = { ...source("s"), metadata };
  changes.publish({ source: camera, destinations: to("ben") });
  changes.publish({ source: camera, destinations: to() });
  const [whole] = changes.takeBatch();
  assert.equal(whole!.streamMetadata?.codec, "vp8");
  changes.addDestination(camera, "cleo", undefined);
  changes.removeDestination(camera, "ben");
  const [removal, addition] = changes.takeBatch();
  assert.equal(addition!.streamMetadata?.codec, "vp8");
  assert.equal(removal!.streamMetadata, undefined);
});

Deno.test("many destinations are told in several batches", () => {
  const changes = new RouteChanges();
  const destinations = to(...Array.from({ length: 400 }, (_, i) => `p${i}`));
  for (let i = 0; i < 100; i++) changes.publish({ source: source(`s${i}`), destinations });
  const first = changes.takeBatch();
  assert.equal(first.length * 400, MAX_DESTINATIONS_PER_BATCH);
  assert.equal(changes.takeBatch().length, 50);
  assert.ok(changes.isEmpty);
});

Deno.test("a stream is silenced by a command of its own, and every other command says so", () => {
  const changes = new RouteChanges();
  changes.silence(source("s"), true);
  changes.addDestination({ ...source("s"), silenced: true }, "ben", undefined);
  const commands = changes.takeBatch();
  assert.deepEqual(
    commands.map(({ change, silenced }) => [RouteChange[change], silenced]),
    [["SILENCE", true], ["ADD_DESTINATIONS", true]],
  );
});

Deno.test("a stream that was not told yet is told silenced at once", () => {
  const changes = new RouteChanges();
  changes.publish({ source: source("s"), destinations: to("ben") });
  changes.silence(source("s"), true);
  const [whole, ...more] = changes.takeBatch();
  assert.equal(whole!.silenced, true);
  assert.deepEqual(more, []);
});

Deno.test("silence outlives a destination that came and left meanwhile", () => {
  const changes = new RouteChanges();
  changes.silence(source("s"), true);
  changes.addDestination({ ...source("s"), silenced: true }, "ben", undefined);
  changes.forgetParticipant("ben");
  assert.deepEqual(told(changes), ["SILENCE s "]);
});
