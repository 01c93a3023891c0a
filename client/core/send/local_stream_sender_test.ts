import { REPORT_INTERVAL_MS } from "../../../proto/media_stream/arrival_report.ts";
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
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { type RecordedStream, ScriptedSession } from "../testing/scripted_session.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { readAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { DatagramSender } from "../transport/datagram_sender.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import { MAX_FRAMES_BEING_SEALED } from "./in_order_sealing.ts";
import { REOPEN_DELAY_MS } from "./layer_sender.ts";
import type { LocalStreamDescription } from "./local_stream.ts";
import { MediaSender } from "./media_sender.ts";
import type { SealFrame } from "./seal_frame.ts";
import type { SimulcastLayer } from "./simulcast_layer.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";
const plain: SealFrame = (header, content) => Promise.try(encodeFrame, header, content);

const LAYERS: SimulcastLayer[] = [
  layer(0, "low", 50_000, 250_000),
  layer(1, "medium", 150_000, 900_000),
  layer(2, "high", 500_000, 2_500_000),
];

function layer(
  spatialLayer: number,
  layerId: string,
  minBitrateBps: number,
  maxBitrateBps: number,
) {
  const size = { width: 320 * 2 ** spatialLayer, height: 180 * 2 ** spatialLayer };
  return { spatialLayer, layerId, ...size, minBitrateBps, maxBitrateBps };
}

function publish(
  type: "audio" | "camera" | "screen",
  seal: SealFrame = plain,
  description: Partial<LocalStreamDescription> = {},
) {
  const time = new SimulatedTime();
  const keyFrames: (number | undefined)[] = [];
  const targets: (readonly EncodingTarget[])[] = [];
  const sealErrors: unknown[] = [];
  const sender = new MediaSender({
    now: time.now,
    scheduler: time,
    onKeyFrameNeeded: (_streamId, spatialLayer) => keyFrames.push(spatialLayer),
    onEncodingTargets: (_streamId, target) => targets.push(target),
    onUplinkReport: () => undefined,
    onSealError: (_streamId, error) => sealErrors.push(error),
  });
  const stream = sender.add({ streamId: STREAM_ID, type, codec: "test", ...description });
  const session = new ScriptedSession();
  sender.attach(pathOf(session));
  sender.published(stream, { wireStreamId: STREAM_ID, sealer: () => seal });
  return { time, keyFrames, targets, sealErrors, sender, stream, session };
}

function pathOf(session: ScriptedSession) {
  return { session, datagrams: new DatagramSender(session) };
}

/** The media handler reports that all of the stream up to `receivedBytes` has arrived. */
function report(sender: MediaSender, deliveryNumber: number, receivedBytes: number, atMs: number) {
  sender.report({
    nextWithinMs: REPORT_INTERVAL_MS,
    datagrams: { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 },
    streams: [{
      deliveryNumber,
      receivedBytes,
      points: [{ receivedBytes, arrivedAtTicks: toTicks(atMs) }],
    }],
  });
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
  assert.deepEqual(keyFrames, [0]);
});

Deno.test("audio goes before a screen, and a screen before a camera", async () => {
  const orders = [];
  for (const type of ["audio", "screen", "camera"] as const) {
    const { session, stream } = publish(type);
    // Long enough for a stream of its own.
    if (type === "audio") await stream.send({ ...frame(1, true), data: new Uint8Array(2_000) });
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
  const { stream, session } = publish("camera", async (header, content) => {
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
  assert.deepEqual(keyFrames, [0]);
  assert.equal(stream.needsKeyFrame, true);
});

Deno.test("a layer stops when nothing is reported, and goes on at a key frame when all is", async () => {
  const { time, stream, sender, keyFrames } = publish("camera");
  await stream.send(frame(1, true));
  const frameBytes = FRAME_HEADER_LENGTH + 100;
  await time.advance(50);
  report(sender, 1, STREAM_HEADER_LENGTH + frameBytes, 25);
  await time.advance(50);
  await stream.send(frame(2));
  await time.advance(1_500);
  keyFrames.length = 0;
  assert.equal(await stream.send(frame(3)), false);
  assert.equal(stream.stopped, true);
  assert.deepEqual(keyFrames, []);

  report(sender, 1, STREAM_HEADER_LENGTH + 2 * frameBytes, 1_590);
  assert.deepEqual(keyFrames, [0]);
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
  assert.deepEqual(keyFrames, [0]);
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
  sender.attach(pathOf(next));
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
  sender.attach(pathOf(next));
  sender.published(stream, { wireStreamId, sealer: () => plain });
  assert.equal(await stream.send(frame(3, true)), true);
  assert.equal(framesOf(next.streams[0]!)[0]!.header.streamId, wireStreamId);
  assert.deepEqual(headersOf(next.streams[0]!), [{ sequence: 0, groupNumber: 1 }]);
});

Deno.test("a refused stream is opened again after a while", async () => {
  const { time, stream, session } = publish("camera");
  await stream.send(frame(1, true));
  session.streams[0]!.stop();
  await settled();
  assert.equal(await stream.send(frame(2, true)), false);
  assert.equal(session.streams.length, 1);
  await time.advance(REOPEN_DELAY_MS);
  assert.equal(await stream.send(frame(3, true)), true);
  await settled();
  assert.equal(session.streams.length, 2);
  assert.equal(readStreamHeader(session.streams[1]!.chunks[0]!).deliveryNumber, 2);
});

Deno.test("each spatial layer has its own stream and numbers", async () => {
  const { stream, session } = publish("camera", plain, { layers: LAYERS.slice(0, 2) });
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

Deno.test("a called-for key frame reaches the encoder of that stream and layer alone", () => {
  const { sender, keyFrames } = publish("camera");
  keyFrames.length = 0;
  sender.keyFrameRequested("22222222-2222-4222-8222-222222222222", 0);
  assert.deepEqual(keyFrames, []);
  sender.keyFrameRequested(STREAM_ID, 1);
  assert.deepEqual(keyFrames, [1]);
});

Deno.test("a new key calls for key frames of all layers", () => {
  const { sender, keyFrames } = publish("camera");
  keyFrames.length = 0;
  sender.requireKeyFrames();
  assert.deepEqual(keyFrames, [undefined]);
});

Deno.test("a frame names the newest frame of a lower temporal layer as its reference", async () => {
  const { stream, session } = publish("camera");
  await stream.send(frame(1, true));
  for (const temporalLayer of [2, 1, 2, 0, 2]) {
    await stream.send({ ...frame(2), temporalLayer });
  }
  assert.deepEqual(
    framesOf(session.streams[0]!).map(({ header }) => header.referenceDistance),
    [0, 1, 2, 1, 4, 1],
  );
});

Deno.test("frames above the highest temporal layer that anyone receives are left out", async () => {
  const { time, stream, sender, session } = publish("camera");
  await time.advance(100);
  sender.layerDemanded(STREAM_ID, [{
    spatialLayer: 0,
    bitrateBps: 500_000,
    maxTemporalLayer: 1,
  }]);
  await stream.send(frame(1, true));
  for (const temporalLayer of [2, 1, 2, 0]) await stream.send({ ...frame(2), temporalLayer });
  assert.deepEqual(
    framesOf(session.streams[0]!).map(({ header: { sequence, temporalLayer } }) => [
      sequence,
      temporalLayer,
    ]),
    [[0, 0], [1, 1], [2, 0]],
  );
});

Deno.test("a layer that nobody watches has no stream, and begins at a key frame when wanted", async () => {
  const { time, stream, sender, session, keyFrames } = publish("camera", plain, {
    layers: LAYERS.slice(0, 2),
  });
  const demand = (lowBps: number, mediumBps: number) =>
    sender.layerDemanded(STREAM_ID, [
      { spatialLayer: 0, bitrateBps: lowBps, maxTemporalLayer: 2 },
      { spatialLayer: 1, bitrateBps: mediumBps, maxTemporalLayer: 2 },
    ]);
  await stream.send({ ...frame(1, true), spatialLayer: 1 });
  demand(200_000, 0);
  await settled();
  assert.deepEqual(session.streams.map(({ closed }) => closed), [false, true]);
  assert.equal(await stream.send({ ...frame(2, true), spatialLayer: 1 }), false);
  assert.equal(stream.layerNeedsKeyFrame(1), false);
  keyFrames.length = 0;
  await time.advance(100);
  demand(200_000, 400_000);
  assert.deepEqual(keyFrames, [1]);
  assert.equal(await stream.send({ ...frame(3), spatialLayer: 1 }), false);
  assert.equal(await stream.send({ ...frame(4, true), spatialLayer: 1 }), true);
  assert.deepEqual(headersOf(session.streams[2]!), [{ sequence: 1, groupNumber: 2 }]);
});

Deno.test("encoders are told what anyone can take, within what the path carries", async () => {
  const { time, sender, targets } = publish("camera", plain, { layers: LAYERS });
  await time.advance(100);
  sender.layerDemanded(STREAM_ID, [{
    spatialLayer: 1,
    bitrateBps: 400_000,
    maxTemporalLayer: 2,
  }]);
  assert.deepEqual(targets.at(-1)!.map(({ bitrateBps }) => bitrateBps), [0, 400_000, 0]);
});

Deno.test("audio goes in datagrams, each with the frame before it, and opens no stream", async () => {
  const { stream, session } = publish("audio");
  for (const byte of [0, 1, 2]) assert.equal(await stream.send(frame(byte, true)), true);
  await settled();
  const datagrams = session.sentDatagrams.map(readAudioDatagram);
  assert.deepEqual(
    datagrams.map(({ number, frames }) => [number, frames.map(({ header }) => header.sequence)]),
    [[0, [0]], [1, [0, 1]], [2, [1, 2]]],
  );
  assert.equal(session.streams.length, 0);
});

Deno.test("an audio frame that is too long for a datagram goes on a stream", async () => {
  const { stream, session } = publish("audio");
  await stream.send({ ...frame(1, true), data: new Uint8Array(1_500) });
  await settled();
  assert.deepEqual(framesOf(session.streams[0]!).map(({ header }) => header.payloadLength), [
    1_500,
  ]);
  assert.equal(session.sentDatagrams.length, 0);
});

Deno.test("updates end with the session", async () => {
  const { time, sender } = publish("camera");
  await time.advance(1_000);
  assert.equal(time.timers, 1);
  sender.attach(undefined);
  assert.equal(time.timers, 0);
});
