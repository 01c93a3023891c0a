import assert from "node:assert/strict";
import { encodeFrame, FrameOffset, FrameType } from "../../../proto/media_frame/frame_header.ts";
import { encodeAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { DatagramSender } from "../transport/datagram_sender.ts";
import { FRAME_STALL_CHECK_MS, FRAME_STALL_LIMIT_MS } from "./frame_stall.ts";
import { MediaReceiver } from "./media_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

const CAMERA: StreamSource = {
  participantId: "99999999-9999-4999-8999-999999999999",
  streamId: "11111111-1111-4111-8111-111111111111",
  type: "camera",
  codec: "vp8",
};
const MICROPHONE: StreamSource = {
  ...CAMERA,
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "audio",
  codec: "opus",
};
const HEADER = encodeStreamHeader({
  kind: StreamKind.forwardVideo,
  spatialLayer: 0,
  deliveryNumber: 5,
  streamId: CAMERA.streamId,
});
/** Longest time from the last byte of a frame until its stream is given up, milliseconds. */
const GIVEN_UP_AFTER_MS = FRAME_STALL_LIMIT_MS + FRAME_STALL_CHECK_MS;

function start() {
  const time = new SimulatedTime();
  const pictures: number[] = [];
  const receiver = new MediaReceiver({
    opener: undefined,
    onFrame: ({ source, frame }) => {
      if (source.streamId === CAMERA.streamId) pictures.push(frame.header.sequence);
    },
    requestKeyFrame: () => undefined,
    onRefused: () => undefined,
    now: time.now,
    scheduler: time,
  });
  receiver.setSources([CAMERA, MICROPHONE]);
  let sounds = 0;
  /** Begins a media session, as the first one and after another one ended. */
  const connect = () => {
    const session = new ScriptedSession();
    const abort = new AbortController();
    const path = { session, datagrams: new DatagramSender(session) };
    const receiving = receiver.attach(path, () => undefined);
    const ended = receiving.receiveStreams(abort.signal);
    ended.catch(() => undefined);
    return {
      session,
      ended,
      /** Sound arrives all the time. */
      async speakFor(durationMs: number) {
        for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
          receiving.takeAudio(encodeAudioDatagram(sounds, 0, [sound(sounds++)]));
          await time.advance(20);
        }
      },
      async end() {
        abort.abort();
        session.end();
        await ended.catch(() => undefined);
        await settled();
      },
    };
  };
  return { time, receiver, pictures, connect };
}

function frame(sequence: number, frameType: FrameType, streamId: string): Uint8Array {
  return encodeFrame({
    frameType,
    streamId,
    timestampUs: sequence * 20_000,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 127,
    groupNumber: frameType === FrameType.audio ? 0 : 1,
  }, new Uint8Array(20));
}

function sound(sequence: number) {
  return frame(sequence, FrameType.audio, MICROPHONE.streamId);
}

function picture(sequence: number) {
  const type = sequence === 0 ? FrameType.videoKey : FrameType.videoDelta;
  return frame(sequence, type, CAMERA.streamId);
}

/** A picture whose length names bytes that never come. */
function tooLong(sequence: number) {
  const bytes = picture(sequence);
  new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, 1_000);
  return bytes;
}

Deno.test("a stream whose frame is never completed is given up and ends the session", async () => {
  const t = start();
  const { session, ended, speakFor, end } = t.connect();
  const stream = session.openStream();
  stream.write(Uint8Array.from([...HEADER, ...picture(0), ...tooLong(1)]));
  await speakFor(GIVEN_UP_AFTER_MS);
  await assert.rejects(ended, { name: "FrameError", reason: "truncated" });
  assert.throws(() => stream.write(picture(2)), "the stream is read no more");
  await end();
  assert.equal(t.time.timers, 0);
});

Deno.test("the session after a stalled stream brings the picture back", async () => {
  const t = start();
  const first = t.connect();
  first.session.openStream().write(
    Uint8Array.from([...HEADER, ...picture(0), ...tooLong(1)]),
  );
  await first.speakFor(GIVEN_UP_AFTER_MS);
  await first.end();
  const second = t.connect();
  second.session.openStream().write(
    Uint8Array.from([...HEADER, ...picture(0), ...picture(1), ...picture(2)]),
  );
  await settled();
  assert.deepEqual(t.pictures, [0, 1, 2]);
  await second.end();
});

Deno.test("a frame that is cut by an outage goes on after it", async () => {
  const t = start();
  const { session, speakFor, end } = t.connect();
  const stream = session.openStream();
  const late = picture(1);
  stream.write(Uint8Array.from([...HEADER, ...picture(0), ...late.subarray(0, 50)]));
  await t.time.advance(4 * FRAME_STALL_LIMIT_MS);
  await speakFor(FRAME_STALL_LIMIT_MS / 2);
  stream.write(late.slice(50));
  await speakFor(GIVEN_UP_AFTER_MS);
  stream.write(picture(2));
  await settled();
  assert.deepEqual(t.pictures, [0, 1, 2], "the stream is read on");
  await end();
});

Deno.test("a still picture beside sound is no stalled stream", async () => {
  const t = start();
  const { session, speakFor, end } = t.connect();
  const stream = session.openStream();
  stream.write(Uint8Array.from([...HEADER, ...picture(0)]));
  await speakFor(4 * GIVEN_UP_AFTER_MS);
  stream.write(picture(1));
  await settled();
  assert.deepEqual(t.pictures, [0, 1]);
  await end();
});
