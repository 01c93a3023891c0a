import { ok, strictEqual } from "node:assert/strict";
import { LayerBitrate } from "./layer_bitrate.ts";

/** Thirty frames a second of `bytes` each, every second one in temporal layer 1. */
function feed(bitrate: LayerBitrate, bytes: number, fromMs: number, durationMs: number): number {
  let frame = 0;
  for (let ms = fromMs; ms < fromMs + durationMs; ms += 1000 / 30) {
    bitrate.add(bytes, frame++ % 2, ms);
  }
  return fromMs + durationMs;
}

Deno.test("the rate up to each temporal layer is measured", () => {
  const bitrate = new LayerBitrate();
  const nowMs = feed(bitrate, 1_000, 0, 5_000);
  const base = bitrate.bitrateBps(0, nowMs);
  const all = bitrate.bitrateBps(15, nowMs);
  ok(Math.abs(base - 120_000) < 15_000, `${base}`);
  ok(Math.abs(all - 240_000) < 15_000, `${all}`);
});

Deno.test("nothing is known before some time has passed", () => {
  const bitrate = new LayerBitrate();
  strictEqual(bitrate.bitrateBps(0, 0), 0);
  bitrate.add(50_000, 0, 0);
  strictEqual(bitrate.bitrateBps(0, 10), 0);
});

Deno.test("a change of the rate is seen within a second", () => {
  const bitrate = new LayerBitrate();
  const changedAtMs = feed(bitrate, 8_000, 0, 5_000);
  const nowMs = feed(bitrate, 1_000, changedAtMs, 1_100);
  const after = bitrate.bitrateBps(15, nowMs);
  ok(after < 300_000, `${after}`);
});

Deno.test("a pause is forgotten when the layer goes on", () => {
  const bitrate = new LayerBitrate();
  feed(bitrate, 8_000, 0, 2_000);
  const nowMs = feed(bitrate, 1_000, 10_000, 400);
  const after = bitrate.bitrateBps(15, nowMs);
  ok(after > 180_000 && after < 320_000, `${after}`);
});
