import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";
import { CLOSE_GRACE_MS } from "./client_session.ts";

const { videoKey, audio } = FrameType;

Deno.test("video is forwarded byte for byte to everyone on the route and to nobody else", async () => {
  await using meeting = new TestMeeting();
  const [publisher, first, second, stranger] = await Promise.all([
    meeting.join(),
    meeting.join(),
    meeting.join(),
    meeting.join(),
  ]);
  const streamId = meeting.route(publisher.id, [first.id, second.id]);
  const frames = [0, 1, 2].map((sequence) =>
    makeFrame({ streamId, sequence, ...(sequence === 0 ? { type: videoKey } : {}) })
  );
  const writer = await publisher.publish(streamId);
  for (const frame of frames) await writer.write(frame.bytes);
  for (const subscriber of [first, second]) {
    await subscriber.until(() => subscriber.sequences(streamId).length === 3);
    const stream = subscriber.stream(streamId)!;
    strictEqual(stream.header!.kind, StreamKind.forwardVideo);
    deepStrictEqual(stream.frames.map(({ bytes }) => bytes), frames.map(({ bytes }) => bytes));
  }
  await settle();
  strictEqual(stranger.streams.length, 0);
  strictEqual(publisher.streams.length, 0);
});

Deno.test("the audio of several publishers needs no stream", async () => {
  await using meeting = new TestMeeting();
  const [first, second, listener] = await Promise.all([
    meeting.join(),
    meeting.join(),
    meeting.join(),
  ]);
  const type = StreamType.AUDIO;
  const one = meeting.route(first.id, [listener.id], { type });
  const two = meeting.route(second.id, [listener.id], { type });
  await settle();
  await (await first.publish(one)).write(
    makeFrame({ streamId: one, sequence: 0, type: audio }).bytes,
  );
  await (await second.publish(two)).write(
    makeFrame({ streamId: two, sequence: 0, type: audio }).bytes,
  );
  await listener.until(() =>
    listener.sequences(one).length === 1 && listener.sequences(two).length === 1
  );
  strictEqual(listener.streams.length, 0);
});

Deno.test("a publisher is told how much has arrived", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const streamId = meeting.route(publisher.id, []);
  const writer = await publisher.publish(streamId, { deliveryNumber: 7 });
  const frame = makeFrame({ streamId, sequence: 0, type: videoKey });
  await writer.write(frame.bytes);
  await publisher.until(() => publisher.reported.get(7) === 24 + frame.bytes.length);
});

Deno.test("a new subscriber gets the cached group at once", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const streamId = meeting.route(publisher.id, []);
  const writer = await publisher.publish(streamId);
  for (const sequence of [0, 1, 2, 3]) {
    const type = sequence === 2 ? videoKey : FrameType.videoDelta;
    await writer.write(makeFrame({ streamId, sequence, type }).bytes);
  }
  await settle();
  const late = await meeting.join();
  meeting.route(publisher.id, [late.id], { streamId });
  await late.until(() => late.sequences(streamId).length === 2);
  deepStrictEqual(late.sequences(streamId), [2, 3]);
});

Deno.test("with end-to-end encryption a joiner waits for the key frame that follows its join", async () => {
  await using meeting = new TestMeeting({ e2eEncryption: true });
  const publisher = await meeting.join();
  const streamId = meeting.route(publisher.id, []);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await settle();
  meeting.clock.advance(1_000);
  const late = await meeting.join();
  meeting.route(publisher.id, [late.id], { streamId });
  await writer.write(makeFrame({ streamId, sequence: 1 }).bytes);
  await settle();
  deepStrictEqual(late.sequences(streamId), []);
  meeting.clock.advance(299);
  await settle();
  strictEqual(publisher.keyFrameRequests.length, 0);
  meeting.clock.advance(1);
  await publisher.until(() => publisher.keyFrameRequests.length === 1);
  strictEqual(publisher.keyFrameRequests[0]!.streamId, streamId);
  await writer.write(makeFrame({ streamId, sequence: 2, type: videoKey }).bytes);
  await late.until(() => late.sequences(streamId).length === 1);
  deepStrictEqual(late.sequences(streamId), [2]);
});

Deno.test("a stream that comes before its route is forwarded once the route is there", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const subscriber = await meeting.join();
  const streamId = crypto.randomUUID();
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await settle();
  meeting.clock.advance(999);
  meeting.route(publisher.id, [subscriber.id], { streamId });
  await subscriber.until(() => subscriber.sequences(streamId).length === 1);
  strictEqual(publisher.errors.length, 0);
});

Deno.test("a second session with the same token supersedes the first and gets the streams", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const id = crypto.randomUUID();
  const token = meeting.register(id);
  const older = meeting.connect();
  await older.authenticate(token);
  const streamId = meeting.route(publisher.id, [id]);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await older.until(() => older.sequences(streamId).length === 1);
  const newer = meeting.connect();
  await newer.authenticate(token);
  meeting.clock.advance(CLOSE_GRACE_MS);
  strictEqual((await older.session.closed).closeCode, 4);
  await writer.write(makeFrame({ streamId, sequence: 1 }).bytes);
  await newer.until(() => newer.sequences(streamId).length === 2);
  deepStrictEqual(older.sequences(streamId), [0]);
});

Deno.test("a removed participant is disconnected and its streams end for the others", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const subscriber = await meeting.join();
  const streamId = meeting.route(publisher.id, [subscriber.id]);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await subscriber.until(() => subscriber.sequences(streamId).length === 1);
  meeting.mediaHandler.router.remove(meeting.meetingId, publisher.id);
  await subscriber.until(() => subscriber.stream(streamId)!.ended);
  meeting.clock.advance(CLOSE_GRACE_MS);
  strictEqual((await publisher.session.closed).closeCode, 7);
});

Deno.test("the streams of a session end some time before it is closed", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const subscriber = await meeting.join();
  const streamId = meeting.route(publisher.id, [subscriber.id]);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await subscriber.until(() => subscriber.sequences(streamId).length === 1);
  let closed = false;
  subscriber.session.closed.then(() => closed = true);
  meeting.mediaHandler.router.remove(meeting.meetingId, subscriber.id);
  await subscriber.until(() => subscriber.stream(streamId)!.ended && subscriber.controlEnded);
  await settle();
  strictEqual(closed, false);
  meeting.clock.advance(CLOSE_GRACE_MS);
  strictEqual((await subscriber.session.closed).closeCode, 7);
});

Deno.test("a subscriber's key-frame request reaches the publisher at most every 250 ms", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const subscriber = await meeting.join();
  const streamId = meeting.route(publisher.id, [subscriber.id]);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await subscriber.until(() => subscriber.sequences(streamId).length === 1);
  meeting.clock.advance(1_000);
  const request = { case: "keyFrameRequest", value: { streamId, spatialLayer: 0 } } as const;
  for (let i = 0; i < 5; i++) await subscriber.send(request);
  await publisher.until(() => publisher.keyFrameRequests.length === 1);
  await settle();
  strictEqual(publisher.keyFrameRequests.length, 1);
  meeting.clock.advance(250);
  await publisher.until(() => publisher.keyFrameRequests.length === 2);
  meeting.clock.advance(1_000);
  await settle();
  strictEqual(publisher.keyFrameRequests.length, 2);
});

Deno.test("a participant without a session is forgotten after a while, a connected one is not", async () => {
  await using meeting = new TestMeeting();
  const connected = await meeting.join();
  const token = meeting.register(crypto.randomUUID());
  const { router } = meeting.mediaHandler;
  meeting.clock.advance(14 * 60_000);
  ok(router.authenticate(token) !== undefined);
  meeting.clock.advance(2 * 60_000);
  strictEqual(router.authenticate(token), undefined);
  ok(router.meetings.get(meeting.meetingId)!.participants.has(connected.id));
});

Deno.test("closing the media handler tells every client that it goes away", async () => {
  const meeting = new TestMeeting();
  const client = await meeting.join();
  await meeting[Symbol.asyncDispose]();
  strictEqual((await client.session.closed).closeCode, 5);
  await meeting.mediaHandler.finished;
  ok(meeting.mediaHandler.load().currentStreams === 0);
});
