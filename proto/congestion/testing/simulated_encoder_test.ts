import assert from "node:assert/strict";
import { seededRandom } from "./random.ts";
import { SimulatedEncoder } from "./simulated_encoder.ts";

function bytesOf(encoder: SimulatedEncoder, fromMs: number, frames: number): number[] {
  return Array.from({ length: frames }, (_, frame) => encoder.encode(fromMs + frame * 33).bytes);
}

Deno.test("a key frame is six usual ones, and is saved afterwards", () => {
  const encoder = new SimulatedEncoder(30, 1.2e6, seededRandom(1));
  const [key, ...others] = bytesOf(encoder, 0, 300);
  assert.equal(key, 6 * 5_000);
  const all = key! + others.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(Math.abs(all / 300 / 5_000 - 1) < 0.05);
});

Deno.test("the encoder follows a new bitrate after its lag", () => {
  const encoder = new SimulatedEncoder(30, 1.2e6, seededRandom(1));
  bytesOf(encoder, 0, 60);
  encoder.setBitrate(300e3, 2_000);
  encoder.encode(2_090);
  assert.equal(encoder.bitrateBps, 1.2e6);
  encoder.encode(2_110);
  assert.equal(encoder.bitrateBps, 300e3);
});

Deno.test("temporal layers come as base, top, middle, top", () => {
  const encoder = new SimulatedEncoder(30, 1.2e6, seededRandom(1));
  const layers = Array.from({ length: 6 }, () => encoder.encode(0).temporalLayer);
  assert.deepEqual(layers, [0, 2, 1, 2, 0, 2]);
});
