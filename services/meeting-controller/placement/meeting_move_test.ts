import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FakeMediaHandler, FakeMediaHandlers } from "../testing/fake_media_handlers.ts";
import { audioStream, MeetingStage } from "../testing/meeting_stage.ts";

Deno.test("when its media handler dies, a meeting goes on at another with all its routes", async () => {
  const [first, second] = [new FakeMediaHandler("mh-1"), new FakeMediaHandler("mh-2")];
  const media = new FakeMediaHandlers([first, second]);
  await using stage = await MeetingStage.open({ media });
  const [one, two] = [audioStream(), audioStream()];
  const anna = await stage.join("Anna", { streams: [one] });
  const ben = await stage.join("Ben", { streams: [two] });
  const cleo = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  await cleo.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  first.die();
  const moved = await Promise.all(
    [anna, ben, cleo].map((client) => client.event("mediaServerChanged")),
  );
  assert.deepEqual(new Set(moved.map(({ mediaHandlerUrl }) => mediaHandlerUrl)).size, 1);
  assert.equal(moved[0]?.mediaHandlerUrl, second.endpoint);
  await stage.settle();
  assert.equal(second.participants.size, 3);
  assert.deepEqual(second.routes.get(one.streamId), {
    source: anna.participantId,
    destinations: new Set([ben.participantId]),
  });
  assert.equal(second.routes.size, 2);
  const joined = await cleo.request(
    await stage.joinRequest("Cleo", { joinToken: "" }),
    "joinResponse",
  );
  assert.equal(joined.mediaServer?.connectionToken, moved[2]?.connectionToken);
});

Deno.test("a call that gets no answer moves the meeting, and whoever leaves meanwhile stays away", async () => {
  const [first, second] = [new FakeMediaHandler("mh-1"), new FakeMediaHandler("mh-2")];
  await using stage = await MeetingStage.open({ media: new FakeMediaHandlers([first, second]) });
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  first.dead = true;
  const gate = Promise.withResolvers<void>();
  second.gate = gate.promise;
  await anna.request({ case: "publishStream", value: audioStream() }, "streamPublished");
  ben.session.close();
  await anna.event("participantLeft");
  gate.resolve();
  await anna.event("mediaServerChanged");
  await stage.settle();
  assert.deepEqual([...second.participants], [anna.participantId]);
  assert.equal(second.routes.size, 1);
});

Deno.test("a handler that knows nobody any more is told everything anew, and so are people", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  await stage.join("Ben");
  const [handler] = stage.media.handlers;
  handler!.forget();
  const stream = audioStream();
  await anna.request({ case: "publishStream", value: stream }, "streamPublished");
  assert.equal((await anna.event("mediaServerChanged")).mediaHandlerUrl, handler!.endpoint);
  await stage.settle();
  assert.equal(handler!.routes.get(stream.streamId)?.destinations.size, 1);
});

Deno.test("a handler that refuses routes once gets all of them, and people do not notice", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  await stage.join("Ben");
  await stage.settle();
  const [handler] = stage.media.handlers;
  handler!.refusals = 1;
  const stream = audioStream();
  await anna.request({ case: "publishStream", value: stream }, "streamPublished");
  await stage.settle();
  assert.equal(handler!.routes.get(stream.streamId)?.destinations.size, 1);
  await anna.settle();
  assert.ok(!anna.arrivals.includes("mediaServerChanged"));
});

Deno.test("without any handler a join is refused and the meeting moves once there is one", async () => {
  const first = new FakeMediaHandler("mh-1");
  const media = new FakeMediaHandlers([first]);
  await using stage = await MeetingStage.open({ media });
  const anna = await stage.join("Anna");
  first.die();
  const ben = await stage.connect();
  assert.equal(await ben.refused(await stage.joinRequest("Ben")), ErrorCode.CAPACITY_EXCEEDED);
  const second = new FakeMediaHandler("mh-2");
  media.handlers = [second];
  assert.equal((await anna.event("mediaServerChanged")).mediaHandlerUrl, second.endpoint);
  await ben.request(await stage.joinRequest("Ben"), "joinResponse");
  assert.equal(anna.roster.size, 1);
});

Deno.test("what happens while a call is under way goes out as one batch", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  await stage.join("Ben");
  await stage.settle();
  const [handler] = stage.media.handlers;
  const before = handler!.routeCalls.length;
  const gate = Promise.withResolvers<void>();
  handler!.gate = gate.promise;
  const streams = Array.from({ length: 5 }, () => audioStream());
  for (const stream of streams) {
    await anna.request({ case: "publishStream", value: stream }, "streamPublished");
  }
  const [, , third] = streams;
  const gone = { case: "unpublishStream", value: { streamId: third!.streamId } } as const;
  await anna.request(gone, "acknowledgement");
  gate.resolve();
  await stage.settle();
  assert.deepEqual(handler!.routeCalls.slice(before).map(({ length }) => length), [1, 3]);
  assert.equal(handler!.routes.size, 4);
});
