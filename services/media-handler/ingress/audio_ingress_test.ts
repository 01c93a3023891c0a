import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { ErrorCode, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_AUDIO_FRAME_BURST, MAX_STREAM_ERRORS } from "../limits.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

/** A meeting with someone who speaks and someone who listens. */
async function start() {
  const meeting = new TestMeeting();
  const [speaker, listener] = await Promise.all([meeting.join(), meeting.join()]);
  const microphone = meeting.route(speaker.id, [listener.id], { type: StreamType.AUDIO });
  return {
    meeting,
    speaker,
    listener,
    microphone,
    frame: (sequence: number, fields: Partial<Parameters<typeof makeFrame>[0]> = {}) =>
      makeFrame({ streamId: microphone, sequence, type: FrameType.audio, ...fields }),
    /** Sends one datagram, 20 ms after the one before, as a microphone does. */
    async say(...frames: Frame[]) {
      await settle();
      meeting.clock.advance(20);
      await speaker.sendAudio(...frames);
    },
    /** Frames that were handed on to whoever listens. */
    handedOn() {
      const { router } = meeting.mediaHandler;
      const { meter } = router.meetings.get(meeting.meetingId)!.publication(microphone)!;
      return meter.bytesReceived / this.frame(0).bytes.length;
    },
    /** What the listener got, each frame once. */
    heard: () => [...new Set(listener.sequences(microphone))],
    [Symbol.asyncDispose]: () => meeting[Symbol.asyncDispose](),
  };
}

Deno.test("sound in datagrams is forwarded byte for byte", async () => {
  await using t = await start();
  const frame = t.frame(0);
  await t.speaker.sendAudio(frame);
  await t.listener.until(() => t.heard().length === 1);
  deepStrictEqual(t.listener.datagramFrames[0]!.bytes, frame.bytes);
});

Deno.test("repeated frames fill the gap of a lost datagram and are handed on once", async () => {
  await using t = await start();
  await t.say(t.frame(0));
  await t.say(t.frame(1), t.frame(2));
  await t.say(t.frame(1), t.frame(2), t.frame(3));
  await t.listener.until(() => t.heard().length === 4);
  deepStrictEqual(t.heard(), [0, 1, 2, 3]);
  strictEqual(t.handedOn(), 4);
});

Deno.test("what comes after a later frame is dropped", async () => {
  await using t = await start();
  for (const sequence of [0, 2, 1, 3]) await t.say(t.frame(sequence));
  await t.listener.until(() => t.heard().length === 3);
  deepStrictEqual(t.heard(), [0, 2, 3]);
});

Deno.test("frames that come on a stream are in one order with those in datagrams", async () => {
  await using t = await start();
  await t.say(t.frame(0));
  const writer = await t.speaker.publish(t.microphone);
  await writer.write(t.frame(1).bytes);
  await t.listener.until(() => t.heard().length === 2);
  await t.say(t.frame(2));
  await t.listener.until(() => t.heard().length === 3);
  await writer.write(t.frame(2).bytes);
  await writer.write(t.frame(3).bytes);
  await t.listener.until(() => t.heard().length === 4);
  deepStrictEqual(t.heard(), [0, 1, 2, 3]);
  strictEqual(t.speaker.errors.length, 0);
});

Deno.test("the publisher hears how many of its datagrams arrived", async () => {
  await using t = await start();
  for (const sequence of [0, 1, 2]) await t.speaker.sendAudio(t.frame(sequence));
  await settle();
  t.meeting.clock.advance(200);
  await t.speaker.until(() => t.speaker.reportedDatagrams?.received === 3);
  strictEqual(t.speaker.reportedDatagrams!.expected, 3);
});

Deno.test("sound before its route is dropped without a word, and heard from the route on", async () => {
  await using t = await start();
  const streamId = crypto.randomUUID();
  await t.speaker.sendAudio(t.frame(0, { streamId }));
  t.meeting.route(t.speaker.id, [t.listener.id], { streamId, type: StreamType.AUDIO });
  await t.speaker.sendAudio(t.frame(1, { streamId }));
  await t.listener.until(() => t.listener.sequences(streamId).includes(1));
  strictEqual(t.speaker.errors.length, 0);
});

/** What is refused once, however often it is sent, while the session lives on. */
async function refuses(
  code: ErrorCode,
  streamOf: (t: Awaited<ReturnType<typeof start>>) => string,
  fields: Partial<Parameters<typeof makeFrame>[0]> = {},
) {
  await using t = await start();
  const streamId = streamOf(t);
  for (let sequence = 0; sequence < 3; sequence++) {
    for (let i = 0; i < 20; i++) {
      await t.speaker.sendAudio(t.frame(sequence, { streamId, ...fields }));
    }
    await settle();
    t.meeting.clock.advance(600);
  }
  await t.speaker.until(() => t.speaker.errors.length > 0);
  await t.speaker.sendAudio(t.frame(0));
  await t.listener.until(() => t.heard().length === 1);
  deepStrictEqual(t.speaker.errors.map((error) => error.code), [code]);
  strictEqual(t.speaker.errors[0]!.details.streamId, streamId);
}

Deno.test("sound of another participant's stream is forbidden", () =>
  refuses(
    ErrorCode.FORBIDDEN,
    ({ meeting, listener }) => meeting.route(listener.id, [], { type: StreamType.AUDIO }),
  ));

Deno.test("sound of a stream that nobody announces is refused after a second", () =>
  refuses(ErrorCode.STREAM_ERROR, () => crypto.randomUUID()));

Deno.test("video in datagrams is refused", () =>
  refuses(ErrorCode.STREAM_ERROR, ({ meeting, speaker }) => meeting.route(speaker.id, []), {
    type: FrameType.videoKey,
  }));

Deno.test("sound above the rate is dropped, its sender told, and the stream goes on", async () => {
  await using t = await start();
  const flood = 2 * MAX_AUDIO_FRAME_BURST;
  for (let sequence = 0; sequence < flood; sequence++) await t.speaker.sendAudio(t.frame(sequence));
  await t.speaker.until(() => t.speaker.errors.length > 0);
  await settle();
  strictEqual(t.handedOn(), MAX_AUDIO_FRAME_BURST);
  await t.say(t.frame(flood));
  await settle();
  strictEqual(t.handedOn(), MAX_AUDIO_FRAME_BURST + 1);
  deepStrictEqual(t.speaker.errors.map(({ code }) => code), [ErrorCode.RATE_LIMITED]);
  strictEqual(t.speaker.errors[0]!.details.streamId, t.microphone);
});

Deno.test("frames that are repeated do not count towards the rate", async () => {
  await using t = await start();
  for (let i = 0; i < 2 * MAX_AUDIO_FRAME_BURST; i++) await t.speaker.sendAudio(t.frame(0));
  await t.say(t.frame(0), t.frame(1));
  await t.listener.until(() => t.heard().length === 2);
  strictEqual(t.speaker.errors.length, 0);
});

Deno.test("sound on a stream is held to one rate with that in datagrams", async () => {
  await using t = await start();
  for (let i = 0; i < MAX_AUDIO_FRAME_BURST; i++) await t.speaker.sendAudio(t.frame(i));
  await settle();
  strictEqual(t.speaker.errors.length, 0);
  const writer = await t.speaker.publish(t.microphone);
  await writer.write(t.frame(MAX_AUDIO_FRAME_BURST).bytes);
  await t.speaker.until(() => t.speaker.errors.length > 0);
  deepStrictEqual(t.speaker.errors.map(({ code }) => code), [ErrorCode.RATE_LIMITED]);
  strictEqual(t.handedOn(), MAX_AUDIO_FRAME_BURST);
});

Deno.test("a session whose sound is above the rate again and again is closed", async () => {
  await using t = await start();
  let sequence = 0;
  for (let violations = 0; violations < MAX_STREAM_ERRORS; violations++) {
    for (let i = 0; i <= MAX_AUDIO_FRAME_BURST; i++) {
      await t.speaker.sendAudio(t.frame(sequence++));
    }
    await t.speaker.until(() => t.speaker.errors.length > violations);
    t.meeting.clock.advance(2_000);
  }
  strictEqual((await t.speaker.session.closed).closeCode, 1);
});
