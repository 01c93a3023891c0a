import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { RouteCommand } from "../routing/route_command.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";
import { CLOSE_GRACE_MS } from "./client_session.ts";

const layer = (spatialLayer: number) => ({
  spatialLayer,
  layerId: `${spatialLayer}`,
  width: 320,
  height: 180,
  minBitrateBps: 50_000,
  maxBitrateBps: 500_000,
});

/** A meeting in which video flows to somebody with choices and to somebody without any. */
async function start() {
  const meeting = new TestMeeting();
  const [publisher, plain, chooser] = await Promise.all([
    meeting.join(),
    meeting.join(),
    meeting.join(),
  ]);
  const streamId = crypto.randomUUID() as string;
  const source = { streamId, publisherId: publisher.id, type: StreamType.VIDEO_CAMERA };
  /** The whole route, as an owner tells it that does not know what was told before. */
  const wholeRoute: readonly RouteCommand[] = [
    {
      change: "set",
      ...source,
      destinations: [plain.id],
      ladder: [layer(1), layer(0)],
      silenced: false,
    },
    {
      change: "add",
      ...source,
      destinations: [chooser.id],
      options: { preferredLayer: "0", maxBitrateBps: 300_000 },
      silenced: false,
    },
  ];
  const { router } = meeting.mediaHandler;
  router.route(meeting.meetingId, wholeRoute);
  const writer = await publisher.publish(streamId);
  const send = async (sequence: number, type: FrameType = FrameType.videoDelta) =>
    await writer.write(makeFrame({ streamId, sequence, type }).bytes);
  await send(0, FrameType.videoKey);
  for (const viewer of [plain, chooser]) {
    await viewer.until(() => viewer.sequences(streamId).length === 1);
  }
  return { meeting, router, publisher, plain, chooser, streamId, wholeRoute, send };
}

Deno.test("a new owner that tells the routes again disturbs nothing that flows", async () => {
  const { meeting, router, publisher, plain, chooser, streamId, wholeRoute, send } = await start();
  await using _ = meeting;
  await settle();
  const before = publisher.messages.length;
  router.keep(meeting.meetingId, [publisher.id, plain.id, chooser.id]);
  for (const client of [publisher, plain, chooser]) meeting.register(client.id);
  router.route(meeting.meetingId, wholeRoute);
  await settle();
  await send(1);
  for (const viewer of [plain, chooser]) {
    await viewer.until(() => viewer.sequences(streamId).length === 2);
    deepStrictEqual([viewer.sequences(streamId), viewer.streams.length], [[0, 1], 1]);
    strictEqual(viewer.stream(streamId)!.ended, false);
  }
  // It was asked for no key frame, and told of no other demand.
  deepStrictEqual(publisher.messages.slice(before), []);
});

Deno.test("who is on the new owner's route no more gets nothing more, and the others go on", async () => {
  const { meeting, router, publisher, plain, chooser, streamId, wholeRoute, send } = await start();
  await using _ = meeting;
  router.route(meeting.meetingId, wholeRoute.slice(0, 1));
  await chooser.until(() => chooser.stream(streamId)!.ended);
  await send(1);
  await plain.until(() => plain.sequences(streamId).length === 2);
  deepStrictEqual(chooser.sequences(streamId), [0]);
  strictEqual(publisher.keyFrameRequests.length, 0);
});

Deno.test("a stream that ends and begins again in one batch is a new one", async () => {
  const { meeting, router, plain, chooser, streamId, wholeRoute } = await start();
  await using _ = meeting;
  const publication = () => router.meetings.get(meeting.meetingId)!.publication(streamId);
  const before = publication();
  router.route(meeting.meetingId, [
    wholeRoute[0]!,
    { change: "remove-route", streamId },
    ...wholeRoute,
  ]);
  for (const viewer of [plain, chooser]) {
    await viewer.until(() => viewer.stream(streamId)!.ended);
    await viewer.until(() => viewer.streams.length === 2);
  }
  strictEqual(publication() === before, false);
  strictEqual(publication()!.subscriptions.length, 2);
});

Deno.test("a participant that is registered again keeps its token and its connection", async () => {
  await using meeting = new TestMeeting();
  const id = crypto.randomUUID();
  const token = meeting.register(id);
  const client = meeting.connect();
  await client.authenticate(token);
  strictEqual(meeting.register(id), token);
  await settle();
  const { participants } = meeting.mediaHandler.router.meetings.get(meeting.meetingId)!;
  strictEqual(participants.get(id)!.peer === undefined, false);
  strictEqual(client.messages.length, 1);
});

Deno.test("whom a new owner does not name is disconnected, and nobody else", async () => {
  const { meeting, router, publisher, plain, chooser, streamId, send } = await start();
  await using _ = meeting;
  router.keep(meeting.meetingId, [publisher.id, plain.id]);
  meeting.clock.advance(CLOSE_GRACE_MS);
  strictEqual((await chooser.session.closed).closeCode, 7);
  await send(1);
  await plain.until(() => plain.sequences(streamId).length === 2);
});
