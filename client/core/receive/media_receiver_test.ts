import assert from "node:assert/strict";
import {
  encodeFrame,
  type FrameHeader,
  FrameType,
} from "../../../proto/media_frame/frame_header.ts";
import {
  readArrivalReport,
  REPORT_GRACE_MS,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { encodeAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import {
  encodeStreamHeader,
  NIL_STREAM_ID,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { framePayload } from "../../../proto/media_frame/frame_parser.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";
import { DatagramSender } from "../transport/datagram_sender.ts";
import { STREAM_HEADER_DEADLINE_MS } from "./incoming_stream.ts";
import { MediaReceiver } from "./media_receiver.ts";
import {
  KEY_FRAME_REQUEST_INTERVAL_MS,
  MAX_FRAMES_BEING_OPENED,
  type OpenFrame,
} from "./remote_stream_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";
const MICROPHONE_ID = "22222222-2222-4222-8222-222222222222";
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
  const requests: [streamId: string, spatialLayer: number][] = [];
  const refused: unknown[] = [];
  const receiver = new MediaReceiver({
    opener: open && (() => open),
    onFrame: ({ frame }) => delivered.push(frame.header.sequence),
    requestKeyFrame: (streamId, spatialLayer) => requests.push([streamId, spatialLayer]),
    onRefused: (_source, error) => refused.push(error),
    now: time.now,
    scheduler: time,
  });
  const abort = new AbortController();
  const receivingSession = receiver.attach(pathOf(session), () => undefined);
  const receiving = receivingSession.receiveStreams(abort.signal);
  receiving.catch(() => undefined);
  const end = async () => {
    abort.abort();
    session.end();
    await receiving;
    receiver.close();
  };
  const takeAudio = (bytes: Uint8Array) => receivingSession.takeAudio(bytes);
  return { time, session, delivered, requests, refused, receiver, receiving, takeAudio, end };
}

function pathOf(session: ScriptedSession) {
  return { session, datagrams: new DatagramSender(session) };
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

function sound(sequence: number, streamId = STREAM_ID) {
  return video(sequence, false, { streamId, frameType: FrameType.audio, groupNumber: 0 });
}

Deno.test("frames are delivered in order and reported, wherever chunks are cut", async () => {
  const { time, session, receiver, delivered, end } = start();
  receiver.setSources([CAMERA]);
  const stream = session.openStream();
  const bytes = Uint8Array.from([...HEADER, ...video(0, true), ...video(1), ...video(2)]);
  for (let offset = 0; offset < bytes.length; offset += 7) {
    stream.write(bytes.slice(offset, offset + 7));
  }
  await time.advance(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  assert.deepEqual(delivered, [0, 1, 2]);
  const [report] = readArrivalReport(session.sentDatagrams.at(-1)!).streams;
  assert.equal(report!.deliveryNumber, 5);
  assert.equal(report!.receivedBytes, bytes.length);
  assert.equal(report!.points.at(-1)!.receivedBytes, bytes.length);
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
  assert.deepEqual(requests, [[STREAM_ID, 0]]);
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
  assert.deepEqual(requests, [[STREAM_ID, 0]]);
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
  const receiving = receiver.attach(pathOf(next), () => undefined).receiveStreams(abort.signal);
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

Deno.test("a key frame is asked of the layer that broke", async () => {
  const { session, receiver, requests, end } = start();
  receiver.setSources([CAMERA]);
  session.openStream().write(
    Uint8Array.from([...HEADER, ...video(0, true), ...video(9, false, { spatialLayer: 2 })]),
  );
  await settled();
  assert.deepEqual(requests, [[STREAM_ID, 2]]);
  await end();
});

Deno.test("sound that comes again with the next datagram is not decrypted again", async () => {
  const opened: number[] = [];
  const { receiver, delivered, takeAudio, end } = start({
    open: (frame) => {
      opened.push(frame.header.sequence);
      return Promise.resolve(framePayload(frame));
    },
  });
  receiver.setSources([{ ...CAMERA, type: "audio" }]);
  takeAudio(encodeAudioDatagram(0, 0, [sound(0)]));
  takeAudio(encodeAudioDatagram(1, 0, [sound(0), sound(1)]));
  takeAudio(encodeAudioDatagram(3, 0, [sound(2), sound(3)]));
  await settled();
  assert.deepEqual(opened, [0, 1, 2, 3]);
  assert.deepEqual(delivered, [0, 1, 2, 3]);
  await end();
});

Deno.test("sound does not wait for a picture that is being decrypted", async () => {
  const picture = Promise.withResolvers<void>();
  const { session, receiver, delivered, takeAudio, end } = start({
    open: async (frame) => {
      if (frame.header.frameType !== FrameType.audio) await picture.promise;
      return framePayload(frame);
    },
  });
  receiver.setSources([CAMERA, { ...CAMERA, streamId: MICROPHONE_ID, type: "audio" }]);
  session.openStream().write(Uint8Array.from([...HEADER, ...video(0, true)]));
  await settled();
  takeAudio(encodeAudioDatagram(0, 0, [sound(7, MICROPHONE_ID)]));
  await settled();
  assert.deepEqual(delivered, [7]);
  picture.resolve();
  await settled();
  assert.deepEqual(delivered, [7, 0]);
  await end();
});

Deno.test("padding is reported and dropped", async () => {
  const { time, session, delivered, end } = start();
  const header = encodeStreamHeader({
    kind: StreamKind.padding,
    spatialLayer: 0,
    deliveryNumber: 6,
    streamId: NIL_STREAM_ID,
  });
  session.openStream().write(Uint8Array.from([...header, ...new Uint8Array(500).fill(0xff)]));
  await time.advance(0);
  const [report] = readArrivalReport(session.sentDatagrams.at(-1)!).streams;
  assert.equal(report!.receivedBytes, header.length + 500);
  assert.deepEqual(report!.points.map(({ receivedBytes }) => receivedBytes), [header.length + 500]);
  assert.deepEqual(delivered, []);
  await end();
});
