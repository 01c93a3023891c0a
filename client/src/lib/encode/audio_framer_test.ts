import assert from "node:assert/strict";
import { type AudioBlock, AudioFramer, PACKET_FRAMES } from "./audio_framer.ts";

function tone(sampleRate: number, from: number, length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => Math.sin(2 * Math.PI * 440 * (from + i) / sampleRate),
  );
}

function feed(sampleRate: number, chunk: number, seconds: number): AudioBlock[] {
  const framer = new AudioFramer(1);
  const blocks: AudioBlock[] = [];
  for (let from = 0; from + chunk <= sampleRate * seconds; from += chunk) {
    blocks.push(
      ...framer.push([tone(sampleRate, from, chunk)], sampleRate, from * 1e6 / sampleRate),
    );
  }
  return blocks;
}

function joined(blocks: AudioBlock[]): number[] {
  return blocks.flatMap((block) => [...block.channels[0] ?? []]);
}

Deno.test("48 kHz in pieces of 10 ms becomes blocks of 20 ms, sample for sample", () => {
  const blocks = feed(48_000, 480, 1);
  assert.equal(blocks.length, 50);
  assert.deepEqual(blocks.map((block) => block.timestampUs), blocks.map((_, i) => i * 20_000));
  assert.deepEqual(joined(blocks), [...tone(48_000, 0, 48_000)]);
});

for (const sampleRate of [44_100, 16_000, 96_000]) {
  Deno.test(`${sampleRate} Hz is brought to 48 kHz without a seam`, () => {
    const samples = joined(feed(sampleRate, sampleRate / 100, 1));
    assert.ok(samples.length >= 47_000, `${samples.length} samples`);
    const expected = tone(48_000, 0, samples.length);
    const worst = samples.reduce(
      (most, sample, i) => Math.max(most, Math.abs(sample - (expected[i] ?? 0))),
      0,
    );
    assert.ok(worst < 0.01, `off by ${worst}`);
  });
}

Deno.test("two captured channels are averaged into one", () => {
  const block = new AudioFramer(1).push(
    [new Float32Array(PACKET_FRAMES).fill(1), new Float32Array(PACKET_FRAMES).fill(0.5)],
    48_000,
    0,
  )[0];
  assert.ok(block?.channels[0]?.every((sample) => sample === 0.75));
});

Deno.test("one captured channel fills two", () => {
  const block = new AudioFramer(2).push([new Float32Array(PACKET_FRAMES).fill(1)], 48_000, 0)[0];
  assert.ok(block?.channels[1]?.every((sample) => sample === 1));
});

Deno.test("a gap in the capture starts a new block at the new time", () => {
  const framer = new AudioFramer(1);
  assert.equal(framer.push([new Float32Array(480)], 48_000, 0).length, 0);
  const blocks = framer.push([new Float32Array(960)], 48_000, 3_000_000);
  assert.deepEqual(blocks.map((block) => block.timestampUs), [3_000_000]);
});
