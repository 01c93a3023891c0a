import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

const { videoKey, videoDelta, audio } = FrameType;

/** A publisher that sends whatever it likes, and somebody who is to receive it. */
async function start(type: StreamType) {
  const meeting = new TestMeeting();
  const [publisher, listener] = await Promise.all([meeting.join(), meeting.join()]);
  const streamId = meeting.route(publisher.id, [listener.id], { type });
  const { router } = meeting.mediaHandler;
  const silence = (silenced: boolean) =>
    router.route(meeting.meetingId, [{ change: "silence", streamId, silenced }]);
  const publication = router.meetings.get(meeting.meetingId)!.publication(streamId)!;
  return { meeting, publisher, listener, streamId, silence, publication };
}

Deno.test("a muted microphone that goes on sending is not heard, in datagrams or on a stream", async () => {
  const { meeting, publisher, listener, streamId, silence, publication } = await start(
    StreamType.AUDIO,
  );
  await using _ = meeting;
  const writer = await publisher.publish(streamId);
  const frame = (sequence: number) => makeFrame({ streamId, sequence, type: audio });
  await publisher.sendAudio(frame(0));
  await listener.until(() => listener.sequences(streamId).length === 1);
  silence(true);
  for (const sequence of [1, 2]) await publisher.sendAudio(frame(sequence));
  await writer.write(frame(3).bytes);
  await publisher.until(() => publication.meter.framesSilenced === 3);
  silence(false);
  // What was sent while it was muted stays unheard, also when it is repeated.
  await publisher.sendAudio(frame(2), frame(3), frame(4));
  await listener.until(() => listener.sequences(streamId).includes(4));
  deepStrictEqual([...new Set(listener.sequences(streamId))], [0, 4]);
  strictEqual(publisher.errors.length, 0);
});

Deno.test("a stream that is silenced from its first route on is not heard either", async () => {
  await using meeting = new TestMeeting();
  const [publisher, listener] = await Promise.all([meeting.join(), meeting.join()]);
  const streamId = crypto.randomUUID();
  meeting.mediaHandler.router.route(meeting.meetingId, [{
    change: "set",
    streamId,
    publisherId: publisher.id,
    type: StreamType.AUDIO,
    destinations: [listener.id],
    silenced: true,
  }]);
  await publisher.sendAudio(makeFrame({ streamId, sequence: 0, type: audio }));
  await settle();
  deepStrictEqual(listener.sequences(streamId), []);
});

Deno.test("a silenced camera is not seen, also by who comes later, and costs no key frames", async () => {
  const { meeting, publisher, listener, streamId, silence, publication } = await start(
    StreamType.VIDEO_CAMERA,
  );
  await using _ = meeting;
  const writer = await publisher.publish(streamId);
  const send = async (sequence: number, type: FrameType = videoDelta) =>
    await writer.write(makeFrame({ streamId, sequence, type }).bytes);
  await send(0, videoKey);
  await send(1);
  await listener.until(() => listener.sequences(streamId).length === 2);
  silence(true);
  await send(2, videoKey);
  await send(3);
  await publisher.until(() => publication.meter.framesSilenced === 2);
  const late = await meeting.join();
  meeting.route(publisher.id, [listener.id, late.id], { streamId });
  await late.send({ case: "keyFrameRequest", value: { streamId, spatialLayer: 0 } });
  await settle();
  meeting.clock.advance(2_000);
  await send(4);
  await settle();
  deepStrictEqual([listener.sequences(streamId), late.sequences(streamId)], [[0, 1], []]);
  strictEqual(publisher.keyFrameRequests.length, 0);
});

Deno.test("a camera that is silenced no more is asked for a key frame at once, and seen from there on", async () => {
  const { meeting, publisher, listener, streamId, silence, publication } = await start(
    StreamType.VIDEO_CAMERA,
  );
  await using _ = meeting;
  const writer = await publisher.publish(streamId);
  const send = async (sequence: number, type: FrameType = videoDelta) =>
    await writer.write(makeFrame({ streamId, sequence, type }).bytes);
  await send(0, videoKey);
  await listener.until(() => listener.sequences(streamId).length === 1);
  silence(true);
  await send(1);
  await publisher.until(() => publication.meter.framesSilenced === 1);
  silence(false);
  await publisher.until(() => publisher.keyFrameRequests.length === 1);
  await send(2);
  await send(3, videoKey);
  await send(4);
  await listener.until(() => listener.sequences(streamId).length === 3);
  deepStrictEqual(listener.sequences(streamId), [0, 3, 4]);
  // The same stream goes on: nobody sees a new one.
  strictEqual(listener.streams.length, 1);
  ok(!listener.stream(streamId)!.ended);
  strictEqual(publisher.keyFrameRequests.length, 1);
});

Deno.test("who is silenced is no speaker, from that moment on", async () => {
  const { meeting, publisher, listener, streamId, silence } = await start(StreamType.AUDIO);
  await using _ = meeting;
  let sequence = 0;
  const speak = async (frames: number) => {
    for (let count = 0; count < frames; count++) {
      const sketch = { streamId, sequence: sequence++, type: audio, audioLevel: 30 };
      await publisher.sendAudio(makeFrame(sketch));
      await settle(2);
      meeting.clock.advance(20);
    }
    await settle();
  };
  await speak(20);
  deepStrictEqual(listener.speakers, [publisher.id]);
  silence(true);
  await listener.until(() => listener.speakers?.length === 0);
  await speak(40);
  deepStrictEqual(listener.speakers, []);
  silence(false);
  await speak(40);
  deepStrictEqual(listener.speakers, [publisher.id]);
});
