import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { encodeAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { makeFrame } from "../../media-handler/testing/frames.ts";
import { equalBytes } from "../client_core/plaintext_search.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { errorCode, type Intruder } from "./attacker.ts";
import { flood, steadyFlood } from "./flood.ts";

const { audio, videoKey } = FrameType;

/** Audio datagrams of a flood in a second, a hundred times what a speaker sends; milliseconds. */
const FLOOD_PER_SECOND = 5_000;
const FLOOD_MS = 2_000;

/** Sound of the attacker: well-formed, and under no key that anybody has. */
function sound(streamId: string, sequence: number) {
  return makeFrame({ streamId, sequence, type: audio, audioLevel: 30 });
}

/** Sound that is refused once, however often it comes, while own sound still arrives. */
function refusedSound(
  code: ErrorCode,
  bytesFor: (intruder: Intruder, stack: AttackedStack) => Uint8Array,
): Attack {
  return async (attacker, stack) => {
    const listener = await attacker.intrude();
    const intruder = await attacker.intrude();
    const { media, microphoneId } = intruder;
    await flood(media, bytesFor(intruder, stack));
    assert.equal(await errorCode(media), code);
    await media.until(() => {
      void media.sendAudio(sound(microphoneId, nextSequence++));
      return listener.media.sequences(microphoneId).length > 0;
    });
    assert.equal(media.errors.length, 1);
  };
}
let nextSequence = 0;

const ATTACKS: Record<string, Attack> = {
  "a flood of sound of someone else": refusedSound(
    ErrorCode.FORBIDDEN,
    (_intruder, { meeting }) => encodeAudioDatagram(0, 0, [sound(meeting.streamId, 0).bytes]),
  ),

  "a flood of sound in the name of a camera": refusedSound(
    ErrorCode.STREAM_ERROR,
    ({ cameraId }) => encodeAudioDatagram(0, 0, [sound(cameraId, 0).bytes]),
  ),

  "a flood of pictures of a camera": refusedSound(
    ErrorCode.STREAM_ERROR,
    ({ cameraId }) => {
      const { bytes } = makeFrame({ streamId: cameraId, sequence: 0, type: videoKey });
      return encodeAudioDatagram(0, 0, [bytes]);
    },
  ),

  "sound that was there before": async (attacker) => {
    const { media: listener } = await attacker.intrude();
    const { media, microphoneId } = await attacker.intrude();
    const first = Array.from({ length: 10 }, (_, sequence) => sound(microphoneId, sequence));
    // In one datagram each, since they may overtake each other.
    for (const frame of first) {
      await media.sendAudio(frame);
      await listener.until(() => listener.sequences(microphoneId).includes(frame.header.sequence));
    }
    for (const sequence of [3, 0, 9]) await media.sendAudio(sound(microphoneId, sequence));
    const last = sound(microphoneId, 10);
    await media.sendAudio(...first.slice(-2), last);
    await listener.until(() => listener.sequences(microphoneId).includes(10));
    for (const { header, bytes } of listener.datagramFrames) {
      if (header.streamId !== microphoneId) continue;
      assert.ok(equalBytes(bytes, [...first, last][header.sequence]!.bytes));
    }
    assert.deepEqual(media.errors, []);
  },

  "sound of two streams, one of them someone else's": async (attacker, { meeting }) => {
    const { media: listener } = await attacker.intrude();
    const { media, microphoneId } = await attacker.intrude();
    await media.sendAudio(sound(meeting.streamId, 0), sound(microphoneId, 0));
    assert.equal(await errorCode(media), ErrorCode.FORBIDDEN);
    await listener.until(() => listener.sequences(microphoneId).length > 0);
    assert.ok(listener.datagramFrames.every(({ header }) => header.streamId !== meeting.streamId));
  },

  "a flood of own sound": async (attacker) => {
    const { media, microphoneId } = await attacker.intrude();
    await steadyFlood(
      media,
      FLOOD_PER_SECOND,
      FLOOD_MS,
      (number) => encodeAudioDatagram(number, 0, [sound(microphoneId, number).bytes]),
    );
    assert.equal(await errorCode(media), ErrorCode.RATE_LIMITED);
    assert.ok(media.errors.every(({ code }) => code === ErrorCode.RATE_LIMITED));
  },
};

Deno.test("a media handler endures bad sound", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
