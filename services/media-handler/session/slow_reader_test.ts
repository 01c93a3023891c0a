import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { MAX_SUBSCRIBER_BYTES_IN_FLIGHT, MAX_VIDEO_BYTES_IN_FLIGHT } from "../limits.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

const FRAMES_PER_SECOND = 30;

Deno.test("a reader that never reports does not grow memory, and resumes at a key frame", async () => {
  await using meeting = new TestMeeting();
  const publisher = await meeting.join();
  const slow = await meeting.join({ reports: false });
  const healthy = await meeting.join();
  const streamId = meeting.route(publisher.id, [slow.id, healthy.id]);
  const writer = await publisher.publish(streamId);
  await settle();
  let sequence = 0;
  const send = async (isKeyFrame: boolean) => {
    const type = isKeyFrame ? FrameType.videoKey : FrameType.videoDelta;
    await writer.write(makeFrame({ streamId, sequence, type, payloadLength: 1_954 }).bytes);
    sequence++;
    await healthy.until(() => healthy.stream(streamId)?.frames.length === sequence);
    await settle(2);
    meeting.clock.advance(1_000 / FRAMES_PER_SECOND);
    ok(meeting.mediaHandler.bytesInFlight <= MAX_VIDEO_BYTES_IN_FLIGHT);
  };
  for (let i = 0; i < 6 * FRAMES_PER_SECOND; i++) await send(i % FRAMES_PER_SECOND === 0);
  const kept = slow.sequences(streamId).length;
  ok(kept < 2 * FRAMES_PER_SECOND, `${kept} frames`);

  const { header, receivedBytes } = slow.stream(streamId)!;
  const requestsBefore = publisher.keyFrameRequests.length;
  await slow.report(header!.deliveryNumber, receivedBytes);
  await publisher.until(() => publisher.keyFrameRequests.length > requestsBefore);
  await send(false);
  strictEqual(slow.sequences(streamId).length, kept);
  const keyFrame = sequence;
  await send(true);
  await send(false);
  await slow.until(() => slow.sequences(streamId).length === kept + 2);
  deepStrictEqual(slow.sequences(streamId).slice(kept), [keyFrame, keyFrame + 1]);
});

Deno.test("many streams to a reader that never reports share one bound", async () => {
  await using meeting = new TestMeeting();
  const slow = await meeting.join({ reports: false });
  const publishers = await Promise.all(Array.from({ length: 8 }, () => meeting.join()));
  const writers = await Promise.all(publishers.map(async (publisher) => {
    const streamId = meeting.route(publisher.id, [slow.id]);
    return { streamId, writer: await publisher.publish(streamId) };
  }));
  await settle();
  for (let sequence = 0; sequence < 10; sequence++) {
    for (const { streamId, writer } of writers) {
      const sketch = { streamId, sequence, type: FrameType.videoKey, payloadLength: 100_000 };
      await writer.write(makeFrame(sketch).bytes);
    }
    await settle(5);
    ok(meeting.mediaHandler.bytesInFlight <= MAX_SUBSCRIBER_BYTES_IN_FLIGHT);
  }
  ok(meeting.mediaHandler.bytesInFlight > MAX_VIDEO_BYTES_IN_FLIGHT);
});
