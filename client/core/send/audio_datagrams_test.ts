import assert from "node:assert/strict";
import { encodeFrame, FrameType } from "../../../proto/media_frame/frame_header.ts";
import {
  MAX_AUDIO_DATAGRAM_LENGTH,
  readAudioDatagram,
} from "../../../proto/media_stream/audio_datagram.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { AudioDatagrams } from "./audio_datagrams.ts";

const MICROPHONE = "11111111-1111-4111-8111-111111111111";
const SCREEN_AUDIO = "22222222-2222-4222-8222-222222222222";

function sound(sequence: number, length = 80, streamId = MICROPHONE) {
  return encodeFrame({
    frameType: FrameType.audio,
    streamId,
    timestampUs: sequence * 20_000,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 30,
    groupNumber: 0,
  }, new Uint8Array(length));
}

function sequences(datagram: Uint8Array): number[] {
  return readAudioDatagram(datagram).frames.map(({ header }) => header.sequence);
}

Deno.test("nothing is repeated while nothing gets lost", () => {
  const audio = new AudioDatagrams();
  const packed = [0, 1, 2].map((sequence) => audio.pack(MICROPHONE, sound(sequence), 0, 0));
  assert.deepEqual(packed.map(sequences), [[0], [1], [2]]);
});

Deno.test("repeated frames go ahead of the new one, oldest first", () => {
  const audio = new AudioDatagrams();
  const packed = [0, 1, 2, 3].map((sequence) => audio.pack(MICROPHONE, sound(sequence), 2, 0));
  assert.deepEqual(packed.map(sequences), [[0], [0, 1], [0, 1, 2], [1, 2, 3]]);
});

Deno.test("datagrams are numbered over all streams and tell when they were sent", () => {
  const audio = new AudioDatagrams();
  const first = readAudioDatagram(audio.pack(MICROPHONE, sound(0), 1, 100));
  const other = audio.pack(SCREEN_AUDIO, sound(0, 80, SCREEN_AUDIO), 1, 120);
  const second = readAudioDatagram(other);
  assert.deepEqual([first.number, second.number], [0, 1]);
  assert.deepEqual([first.sentAtTicks, second.sentAtTicks], [toTicks(100), toTicks(120)]);
  assert.equal(second.frames.length, 1, "frames of another stream are not repeated");
});

Deno.test("what does not fit is not repeated", () => {
  const audio = new AudioDatagrams();
  audio.pack(MICROPHONE, sound(0, 400), 2, 0);
  audio.pack(MICROPHONE, sound(1, 400), 2, 0);
  const datagram = audio.pack(MICROPHONE, sound(2, 400), 2, 0);
  assert.ok(datagram.length <= MAX_AUDIO_DATAGRAM_LENGTH);
  assert.deepEqual(sequences(datagram), [1, 2]);
});

Deno.test("a stream that ended is not repeated", () => {
  const audio = new AudioDatagrams();
  audio.pack(MICROPHONE, sound(0), 1, 0);
  audio.forget(MICROPHONE);
  assert.deepEqual(sequences(audio.pack(MICROPHONE, sound(1), 1, 0)), [1]);
});
