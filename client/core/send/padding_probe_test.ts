import assert from "node:assert/strict";
import { MAX_PADDING_PIECE, MIN_PADDING_PIECE, PaddingProbe } from "./padding_probe.ts";

const PROBE = { bitrateBps: 800_000, durationMs: 300 };

Deno.test("padding alone reaches the rate of the probe", () => {
  const probe = new PaddingProbe(PROBE, 0);
  let bytes = 0;
  for (let nowMs = 25; nowMs <= 300; nowMs += 25) bytes += probe.due(nowMs);
  assert.equal(bytes, PROBE.bitrateBps * PROBE.durationMs / 8_000);
  assert.equal(probe.ended(300), true);
});

Deno.test("media that are sent meanwhile need no padding", () => {
  const probe = new PaddingProbe(PROBE, 0);
  probe.mediaSent(2_500);
  assert.equal(probe.due(25), 0);
  assert.equal(probe.due(50), 2_500);
});

Deno.test("a piece is neither tiny nor huge", () => {
  const probe = new PaddingProbe({ bitrateBps: 20_000_000, durationMs: 300 }, 0);
  probe.mediaSent(62_500 - MIN_PADDING_PIECE + 1);
  assert.equal(probe.due(25), 0);
  assert.equal(probe.due(250), MAX_PADDING_PIECE);
});
