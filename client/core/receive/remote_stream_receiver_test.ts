import assert from "node:assert/strict";
import {
  encodeFrame,
  FrameType,
  readFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { type OpenFrame, RemoteStreamReceiver } from "./remote_stream_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

const MICROPHONE: StreamSource = {
  participantId: "99999999-9999-4999-8999-999999999999",
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "audio",
  codec: "opus",
};
/** Payload of a frame that does not decrypt. */
const FORGED = 0xff;

function sound(sequence: number, payload = 1): Frame {
  const bytes = encodeFrame({
    frameType: FrameType.audio,
    streamId: MICROPHONE.streamId,
    timestampUs: sequence * 20_000,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 30,
    groupNumber: 0,
  }, Uint8Array.of(payload));
  return { header: readFrameHeader(bytes), bytes };
}

async function sequencesFrom(frames: readonly Frame[]) {
  const delivered: number[] = [];
  const opened: number[] = [];
  const open: OpenFrame = ({ header, bytes }) => {
    opened.push(header.sequence);
    return bytes.at(-1) === FORGED
      ? Promise.reject(new Error("not authentic"))
      : Promise.resolve(bytes);
  };
  const receiver = new RemoteStreamReceiver({
    source: MICROPHONE,
    open,
    deliver: ({ frame }) => delivered.push(frame.header.sequence),
    requestKeyFrame: () => undefined,
    onRefused: () => undefined,
    scheduler: new SimulatedTime(),
  });
  for (const frame of frames) receiver.push(frame);
  await settled();
  return { delivered, opened };
}

Deno.test("sound that comes again is neither delivered nor opened again", async () => {
  const { delivered, opened } = await sequencesFrom([sound(0), sound(0), sound(1)]);
  assert.deepEqual(delivered, [0, 1]);
  assert.deepEqual(opened, [0, 1]);
});

Deno.test("a forged sequence far ahead does not silence a stream", async () => {
  const { delivered } = await sequencesFrom([sound(0), sound(2 ** 32, FORGED), sound(1)]);
  assert.deepEqual(delivered, [0, 1]);
});
