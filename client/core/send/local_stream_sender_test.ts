import assert from "node:assert/strict";
import {
  encodeFrame,
  FRAME_HEADER_LENGTH,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { settled } from "../testing/simulated_time.ts";
import { type RecordedStream, ScriptedSession } from "../testing/scripted_session.ts";
import { MAX_FRAMES_BEING_SEALED, REOPEN_DELAY_MS, type SealFrame } from "./layer_sender.ts";
import type { UplinkReport } from "./local_stream.ts";
import { MediaSender } from "./media_sender.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";
const plain: SealFrame = (header, content) => Promise.try(encodeFrame, header, content);

function publish(type: "audio" | "camera" | "screen", seal: SealFrame = plain) {
  const clock = { nowMs: 0 };
  const keyFrames: string[] = [];
  const reports: UplinkReport[] = [];
  const sealErrors: unknown[] = [];
  const sender = new MediaSender({
    now: () => clock.nowMs,
    onKeyFrameNeeded: (streamId) => keyFrames.push(streamId),
    onEncodingTargets: () => undefined,
    onCongestion: (_streamId, report) => reports.push(report),
    onSealError: (_streamId, error) => sealErrors.push(error),
  });
  const stream = sender.add({ streamId: STREAM_ID, type, codec: "test" });
  const session = new ScriptedSession();
  sender.attach(session);
  sender.published(stream, { wireStreamId: STREAM_ID, sealer: () => seal });
  return { clock, keyFrames, reports, sealErrors, sender, stream, session };
}

function frame(byte: number, keyFrame = false) {
  return { data: new Uint8Array(100).fill(byte), timestampUs: byte * 1_000, keyFrame };
}

function framesOf(stream: RecordedStream): Frame[] {
  const bytes = Uint8Array.from(stream.chunks.flatMap((chunk) => [...chunk]));
  const frames: Frame[] = [];
  new FrameParser().push(bytes.subarray(STREAM_HEADER_LENGTH), (frame) => frames.push(frame));
  return frames;
}

function headersOf(stream: RecordedStream): Pick<FrameHeader, "sequence" | "groupNumber">[] {
  return framesOf(stream).map(({ header: { sequence, groupNumber } }) => ({
    sequence,
    groupNumber,
  }));
}

Deno.test("a published stream opens at once with its header and calls for a key frame", async () => {
  const { session, keyFrames } = publish("camera");
  await settled();
  assert.equal(session.streams.length, 1);
  assert.deepEqual(readStreamHeader(session.streams[0]!.chunks[0]!), {
    kind: StreamKind.publish,
    spatialLayer: 0,
    deliveryNumber: 1,
    streamId: STREAM_ID,
  });
  assert.deepEqual(keyFrames, [STREAM_ID]);
});

Deno.test("audio goes before a screen, and a screen before a camera", async () => {
  const orders = [];
  for (const type of ["audio", "screen", "camera"] as const) {
    const { session } = publish(type);
    await settled();
    orders.push(session.streams[0]!.sendOrder!);
  }
  assert.deepEqual(orders, orders.toSorted((a, b) => b - a));
  assert.equal(new Set(orders).size, 3);
});

Deno.test("video frames are numbered without gaps, groups by their key frames", async () => {
  const { stream, session } = publish("camera");
  assert.equal(await stream.send(frame(0)), false);
  for (const [byte, key] of [[1, true], [2, false], [3, true], [4, false]] as const) {
    assert.equal(await stream.send(frame(byte, key)), true);
  }
  const frames = framesOf(session.streams[0]!);
  assert.deepEqual(headersOf(session.streams[0]!), [
    { sequence: 0, groupNumber: 1 },
    { sequence: 1, groupNumber: 1 },
    { sequence: 2, groupNumber: 2 },
    { sequence: 3, groupNumber: 2 },
  ]);
  assert.deepEqual(frames.map(({ header }) => header.frameType), [
    FrameType.videoKey,
    FrameType.videoDelta,
    FrameType.videoKey,
    FrameType.videoDelta,
  ]);
  assert.deepEqual(
    frames.map(({ bytes }) => bytes[FRAME_HEADER_LENGTH]),
    [1, 2, 3, 4],
  );
});

Deno.test("frames keep their order though their encryption takes different times", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const { stream, session } = publish("audio", async (header, content) => {
    await gates[header.sequence]!.promise;
    return encodeFrame(header, content);
  });
  const sent = [0, 1, 2].map((byte) => stream.send(frame(byte, true)));
  for (const gate of gates.toReversed()) gate.resolve();
  assert.deepEqual(await Promise.all(sent), [true, true, true]);
  await settled();
  assert.deepEqual(framesOf(session.streams[0]!).map(({ header }) => header.sequence), [0, 1, 2]);
});

Deno.test("frames beyond the bound of encryptions under way are dropped", async () => {
  const never = new Promise<Uint8Array>(() => undefined);
  const { stream } = publish("audio", () => never);
  for (let i = 0; i < MAX_FRAMES_BEING_SEALED; i++) stream.send(frame(i, true));
  assert.equal(await stream.send(frame(99, true)), false);
});

Deno.test("a frame that cannot be encrypted is reported, and a key frame called for", async () => {
  let refuse = false;
  const { stream, keyFrames, sealErrors } = publish("camera", (header, content) => {
    return refuse ? Promise.reject(new Error("no key")) : plain(header, content);
  });
  assert.equal(await stream.send(frame(1, true)), true);
  keyFrames.length = 0;
  refuse = true;
  assert.equal(await stream.send(frame(2)), false);
  assert.equal(sealErrors.length, 1);
  assert.deepEqual(keyFrames, [STREAM_ID]);
  assert.equal(stream.needsKeyFrame, true);
});

Deno.test("congestion drops frames until all is acknowledged, then calls for a key frame", async () => {
  const { clock, stream, sender, reports, keyFrames } = publish("camera");
  await stream.send(frame(1, true));
  const frameBytes = FRAME_HEADER_LENGTH + 100;
  sender.acknowledge([{ deliveryNumber: 1, receivedBytes: STREAM_HEADER_LENGTH + frameBytes }]);
  clock.nowMs = 100;
  await stream.send(frame(2));
  clock.nowMs = 500;
  keyFrames.length = 0;
  assert.equal(await stream.send(frame(3)), false);
  assert.equal(reports.at(-1)?.congested, true);
  assert.equal(reports.at(-1)?.bytesInFlight, frameBytes);
  assert.deepEqual(keyFrames, []);

  sender.acknowledge([{ deliveryNumber: 1, receivedBytes: STREAM_HEADER_LENGTH + 2 * frameBytes }]);
  assert.equal(reports.at(-1)?.congested, false);
  assert.deepEqual(keyFrames, [STREAM_ID]);
  assert.equal(await stream.send(frame(4)), false);
  assert.equal(await stream.send(frame(5, true)), true);
});

Deno.test("nothing is sent while muted, and video goes on with a key frame", async () => {
  const { stream, keyFrames } = publish("camera");
  await stream.send(frame(1, true));
  stream.setMuted(true);
  assert.equal(await stream.send(frame(2)), false);
  keyFrames.length = 0;
  stream.setMuted(false);
  assert.deepEqual(keyFrames, [STREAM_ID]);
  assert.equal(await stream.send(frame(3)), false);
  assert.equal(await stream.send(frame(4, true)), true);
});

Deno.test("another media session goes on with the next number and a key frame", async () => {
  const { stream, sender, session } = publish("camera");
  await stream.send(frame(1, true));
  sender.attach(undefined);
  await settled();
  assert.equal(session.streams[0]!.closed, true);
  assert.equal(await stream.send(frame(2)), false);
  const next = new ScriptedSession();
  sender.attach(next);
  assert.equal(await stream.send(frame(3)), false);
  assert.equal(await stream.send(frame(4, true)), true);
  assert.deepEqual(headersOf(next.streams[0]!), [{ sequence: 1, groupNumber: 2 }]);
});

Deno.test("another participant begins again at zero, under another id", async () => {
  const { stream, sender } = publish("camera");
  await stream.send(frame(1, true));
  assert.equal(stream.claimWireStreamId(), STREAM_ID);
  const wireStreamId = stream.claimWireStreamId();
  assert.notEqual(wireStreamId, STREAM_ID);
  sender.withdraw();
  assert.equal(await stream.send(frame(2, true)), false);
  const next = new ScriptedSession();
  sender.attach(next);
  sender.published(stream, { wireStreamId, sealer: () => plain });
  assert.equal(await stream.send(frame(3, true)), true);
  assert.equal(framesOf(next.streams[0]!)[0]!.header.streamId, wireStreamId);
  assert.deepEqual(headersOf(next.streams[0]!), [{ sequence: 0, groupNumber: 1 }]);
});

Deno.test("a refused stream is opened again after a while", async () => {
  const { clock, stream, session } = publish("camera");
  await stream.send(frame(1, true));
  session.streams[0]!.stop();
  await settled();
  assert.equal(await stream.send(frame(2, true)), false);
  assert.equal(session.streams.length, 1);
  clock.nowMs = REOPEN_DELAY_MS;
  assert.equal(await stream.send(frame(3, true)), true);
  await settled();
  assert.equal(session.streams.length, 2);
  assert.equal(readStreamHeader(session.streams[1]!.chunks[0]!).deliveryNumber, 2);
});

Deno.test("each spatial layer has its own stream and numbers", async () => {
  const { stream, session } = publish("camera");
  await stream.send(frame(1, true));
  await stream.send({ ...frame(2, true), spatialLayer: 1 });
  await settled();
  assert.deepEqual(
    session.streams.map(({ chunks }) => readStreamHeader(chunks[0]!).spatialLayer),
    [0, 1],
  );
  assert.ok(session.streams[0]!.sendOrder! > session.streams[1]!.sendOrder!);
  assert.deepEqual(headersOf(session.streams[1]!), [{ sequence: 0, groupNumber: 1 }]);
});

Deno.test("a called-for key frame reaches the encoder of that stream alone", () => {
  const { sender, keyFrames } = publish("camera");
  keyFrames.length = 0;
  sender.keyFrameRequested("22222222-2222-4222-8222-222222222222", 0);
  assert.deepEqual(keyFrames, []);
  sender.keyFrameRequested(STREAM_ID, 0);
  sender.requireKeyFrames();
  assert.deepEqual(keyFrames, [STREAM_ID, STREAM_ID]);
});
