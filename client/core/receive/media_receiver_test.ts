import assert from "node:assert/strict";
import {
  encodeFrame,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { framePayload } from "../../../proto/media_frame/frame_parser.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";
import { MAX_WAIT_FOR_ARRIVAL_MS } from "./acknowledger.ts";
import { MediaReceiver, STREAM_HEADER_DEADLINE_MS } from "./media_receiver.ts";
import {
  KEY_FRAME_REQUEST_INTERVAL_MS,
  MAX_FRAMES_BEING_OPENED,
  type OpenFrame,
} from "./remote_stream_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";
const CAMERA: StreamSource = {
  participantId: "99999999-9999-4999-8999-999999999999",
  streamId: STREAM_ID,
  type: "camera",
  codec: "vp8",
};
const HEADER = encodeStreamHeader({
  kind: StreamKind.forwardVideo,
  spatialLayer: 0,
  deliveryNumber: 5,
  streamId: STREAM_ID,
});

function start({ open }: { open?: OpenFrame } = {}) {
  const time = new SimulatedTime();
  const session = new ScriptedSession();
  const delivered: number[] = [];
  const requests: string[] = [];
  const refused: unknown[] = [];
  const receiver = new MediaReceiver({
    opener: open && (() => open),
    onFrame: ({ frame }) => delivered.push(frame.header.sequence),
    requestKeyFrame: (streamId) => requests.push(streamId),
    onRefused: (_source, error) => refused.push(error),
    scheduler: time,
  });
  const abort = new AbortController();
  const receiving = receiver.receive(session, abort.signal);
  receiving.catch(() => undefined);
  const end = async () => {
    abort.abort();
    session.end();
    await receiving;
    receiver.close();
  };
  return { time, session, delivered, requests, refused, receiver, receiving, end };
}

function video(sequence: number, keyFrame = false, fields: Partial<FrameHeader> = {}) {
  return encodeFrame({
    frameType: keyFrame ? FrameType.videoKey : FrameType.videoDelta,
    streamId: STREAM_ID,
    timestampUs: sequence,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 127,
    groupNumber: 1,
    ...fields,
  }, new Uint8Array(20));
}

Deno.test("frames are delivered in order and acknowledged, wherever chunks are cut", async () => {
  const { time, session, receiver, delivered, end } = start();
  receiver.setSources([CAMERA]);
  const stream = session.openStream();
  const bytes = Uint8Array.from([...HEADER, ...video(0, true), ...video(1), ...video(2)]);
  for (let offset = 0; offset < bytes.length; offset += 7) {
    stream.write(bytes.slice(offset, offset + 7));
  }
  await time.advance(ACKNOWLEDGEMENT_INTERVAL_MS + MAX_WAIT_FOR_ARRIVAL_MS);
  assert.deepEqual(delivered, [0, 1, 2]);
  assert.deepEqual(readAcknowledgements(session.sentDatagrams.at(-1)!), [
    { deliveryNumber: 5, receivedBytes: bytes.length },
  ]);
  await end();
  assert.equal(time.timers, 0);
});

Deno.test("frames that are faster than the roster wait for it", async () => {
  const { session, receiver, delivered, end } = start();
  session.openStream().write(Uint8Array.from([...HEADER, ...video(0, true), ...video(1)]));
  await settled();
  assert.deepEqual(delivered, []);
  receiver.setSources([CAMERA]);
  assert.deepEqual(delivered, [0, 1]);
  await end();
});

Deno.test("after a gap a key frame is asked for until it comes", async () => {
  const { time, session, receiver, delivered, requests, end } = start();
  receiver.setSources([CAMERA]);
  const stream = session.openStream();
  stream.write(Uint8Array.from([...HEADER, ...video(0, true), ...video(2), ...video(3)]));
  await settled();
  assert.deepEqual(requests, [STREAM_ID]);
  await time.advance(KEY_FRAME_REQUEST_INTERVAL_MS);
  assert.equal(requests.length, 2);
  stream.write(Uint8Array.from([...video(4, true), ...video(5)]));
  await time.advance(10 * KEY_FRAME_REQUEST_INTERVAL_MS);
  assert.equal(requests.length, 2);
  assert.deepEqual(delivered, [0, 4, 5]);
  await end();
});

Deno.test("a frame that is refused breaks what depends on it", async () => {
  const { session, receiver, delivered, requests, refused, end } = start({
    open: (frame) =>
      frame.header.sequence === 1
        ? Promise.reject(new Error("not authentic"))
        : Promise.resolve(framePayload(frame)),
  });
  receiver.setSources([CAMERA]);
  session.openStream().write(
    Uint8Array.from([
      ...HEADER,
      ...video(0, true),
      ...video(1),
      ...video(2),
      ...video(3, true),
      ...video(4),
    ]),
  );
  await settled();
  assert.deepEqual(delivered, [0, 3, 4]);
  assert.equal(refused.length, 1);
  assert.deepEqual(requests, [STREAM_ID]);
  await end();
});

Deno.test("frames keep their order though their decryption takes different times", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const { session, receiver, delivered, end } = start({
    open: async (frame) => {
      await gates[frame.header.sequence]!.promise;
      return framePayload(frame);
    },
  });
  receiver.setSources([CAMERA]);
  session.openStream().write(
    Uint8Array.from([...HEADER, ...video(0, true), ...video(1), ...video(2)]),
  );
  await settled();
  for (const gate of gates.toReversed()) gate.resolve();
  await settled();
  assert.deepEqual(delivered, [0, 1, 2]);
  await end();
});

Deno.test("frames that wait for their key are bounded in number", async () => {
  let opening = 0;
  const { session, receiver, end } = start({
    open: () => {
      opening++;
      return new Promise(() => undefined);
    },
  });
  receiver.setSources([CAMERA]);
  const stream = session.openStream();
  stream.write(HEADER);
  for (let i = 0; i < 2 * MAX_FRAMES_BEING_OPENED; i++) stream.write(video(i, i === 0));
  await settled();
  assert.equal(opening, MAX_FRAMES_BEING_OPENED);
  await end();
});

Deno.test("what another media session sends again is not delivered again", async () => {
  const { session, receiver, receiving: before, delivered } = start();
  receiver.setSources([CAMERA]);
  session.openStream().write(Uint8Array.from([...HEADER, ...video(0, true), ...video(1)]));
  await settled();
  session.end();
  await before;

  const next = new ScriptedSession();
  const abort = new AbortController();
  const receiving = receiver.receive(next, abort.signal);
  next.openStream().write(
    Uint8Array.from([...HEADER, ...video(0, true), ...video(1), ...video(2)]),
  );
  await settled();
  abort.abort();
  next.end();
  await receiving;
  assert.deepEqual(delivered, [0, 1, 2]);
  receiver.close();
});

Deno.test("bytes that are no media stream end the media session", async () => {
  const { session, receiving, receiver } = start();
  session.openStream().write(new Uint8Array(64).fill(0xee));
  await assert.rejects(receiving, { name: "StreamHeaderError" });
  receiver.close();
});

Deno.test("a frame that is none ends the media session", async () => {
  const { session, receiving, receiver } = start();
  session.openStream().write(Uint8Array.from([...HEADER, ...new Uint8Array(64).fill(0xee)]));
  await assert.rejects(receiving, { name: "FrameError" });
  receiver.close();
});

Deno.test("a stream without a header is given up after its deadline, the others go on", async () => {
  const { time, session, receiver, delivered, end } = start();
  receiver.setSources([CAMERA]);
  session.openStream().write(HEADER.subarray(0, 5));
  await time.advance(STREAM_HEADER_DEADLINE_MS);
  session.openStream().write(Uint8Array.from([...HEADER, ...video(0, true)]));
  await settled();
  assert.deepEqual(delivered, [0]);
  await end();
});

Deno.test("a stream that was unpublished is forgotten", async () => {
  const { session, receiver, delivered, end } = start();
  receiver.setSources([CAMERA]);
  const stream = session.openStream();
  stream.write(Uint8Array.from([...HEADER, ...video(0, true)]));
  await settled();
  receiver.setSources([]);
  stream.write(video(1));
  await settled();
  assert.deepEqual(delivered, [0]);
  await end();
});
