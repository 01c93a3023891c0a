import assert from "node:assert/strict";
import { PlayoutMixer } from "./playout_mixer.ts";
import { RING_BYTE_LENGTH, SampleRing } from "./sample_ring.ts";

function block(): Float32Array[] {
  return [new Float32Array(128).fill(9), new Float32Array(128).fill(9)];
}

Deno.test("nothing is silence", () => {
  const output = block();
  new PlayoutMixer().fill(output);
  assert.ok(output.every((samples) => samples.every((sample) => sample === 0)));
});

Deno.test("shared and copied streams are added up and limited", () => {
  const mixer = new PlayoutMixer();
  const buffer = new SharedArrayBuffer(RING_BYTE_LENGTH);
  mixer.apply({ type: "add-shared", streamId: "a", buffer });
  mixer.apply({ type: "add", streamId: "b" });
  const ring = new SampleRing(buffer);
  ring.targetFrames = 1;
  ring.write([new Float32Array(1_024).fill(0.75)]);
  const channels = [new Float32Array(1_024).fill(0.5)];
  mixer.apply({ type: "samples", streamId: "b", channels, targetFrames: 1 });
  let output = block();
  for (let i = 0; i < 4; i++) mixer.fill(output = block());
  assert.ok(output.every((samples) => samples.every((sample) => sample === 1)));
  mixer.apply({ type: "remove", streamId: "a" });
  mixer.fill(output = block());
  assert.ok(output.every((samples) => samples.every((sample) => sample === 0.5)));
});
