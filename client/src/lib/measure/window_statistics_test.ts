import assert from "node:assert/strict";
import { DISPLAY_LATENCY_MS } from "../playout/display_latency.ts";
import type { ShownPicture } from "./measurements.ts";
import { quantile, windowStatistics } from "./window_statistics.ts";

const NOTHING = { shown: [], steps: [], gaps: [], stalls: [] };

function picture(atMs: number, latencyMs: number, width = 1280, height = 720): ShownPicture {
  return { atMs, stampMs: atMs - latencyMs, frameNumber: atMs, width, height };
}

Deno.test("a window in which nothing came has frozen from its start to its end", () => {
  const statistics = windowStatistics(NOTHING, 1_000, 3_000);
  assert.equal(statistics.longestFreezeMs, 2_000);
  assert.equal(statistics.shownPerSecond, 0);
  assert.equal(statistics.latencyP50Ms, undefined);
  assert.equal(statistics.lipSyncP50Ms, undefined);
});

Deno.test("only what lies in the window counts, its start included, its end not", () => {
  const shown = [999, 1_000, 1_500, 1_999, 2_000].map((atMs) => picture(atMs, atMs - 900));
  const statistics = windowStatistics({ ...NOTHING, shown }, 1_000, 2_000);
  assert.equal(statistics.shownPerSecond, 3);
  assert.equal(statistics.latencyP50Ms, 600);
  assert.equal(statistics.latencyP99Ms, 1_099);
  assert.equal(statistics.longestFreezeMs, 500);
});

Deno.test("the rate of painting is known from the pictures shown, though their numbers wrap", () => {
  const shown = [65_530, 65_535, 24].map((frameNumber, index) => ({
    ...picture(1_000 + 500 * index, 40),
    frameNumber,
  }));
  assert.equal(windowStatistics({ ...NOTHING, shown }, 1_000, 3_000).paintedPerSecond, 30);
});

Deno.test("stalls of the measuring page that ended in the window add up", () => {
  const stalls = [900, 1_200, 1_900, 2_000].map((atMs) => ({ atMs, durationMs: 60 }));
  assert.equal(windowStatistics({ ...NOTHING, stalls }, 1_000, 2_000).stalledMs, 120);
});

Deno.test("pictures are counted by their size", () => {
  const shown = [picture(1_000, 40), picture(1_100, 40, 640, 360), picture(1_200, 40, 640, 360)];
  const { sizes } = windowStatistics({ ...NOTHING, shown }, 1_000, 2_000);
  assert.deepEqual(sizes, { "1280x720": 1, "640x360": 2 });
});

Deno.test("gaps that nobody hears are not counted, but the longest is told", () => {
  const short = [{ atMs: 1_100, durationMs: 60 }];
  const quiet = windowStatistics({ ...NOTHING, gaps: short }, 1_000, 2_000);
  assert.deepEqual([quiet.audibleGaps, quiet.longestGapMs], [0, 60]);
  const gaps = [...short, { atMs: 1_500, durationMs: 61 }];
  const loud = windowStatistics({ ...NOTHING, gaps }, 1_000, 2_000);
  assert.deepEqual([loud.audibleGaps, loud.longestGapMs], [1, 61]);
});

Deno.test("lips are in sync by the lateness of a step and of the pictures around it", () => {
  const shown = [picture(1_000, 40), picture(1_400, 50), picture(1_500, 60), picture(3_000, 100)];
  const steps = [
    { atMs: 1_450, latenessMs: 70, outputLatencyMs: DISPLAY_LATENCY_MS },
    { atMs: 3_100, latenessMs: 70, outputLatencyMs: DISPLAY_LATENCY_MS },
  ];
  const statistics = windowStatistics({ ...NOTHING, shown, steps }, 0, 4_000);
  assert.equal(statistics.steps, 2);
  assert.equal(statistics.lipSyncP50Ms, -30);
  assert.equal(statistics.lipSyncWorstMs, -30);
  const before = windowStatistics({ ...NOTHING, shown, steps }, 0, 2_000);
  assert.equal(before.lipSyncP50Ms, 20);
});

Deno.test("what loudspeaker and screen add counts for lips, and not for lateness", () => {
  const shown = [picture(1_000, 40)];
  const steps = [{ atMs: 1_000, latenessMs: 70, outputLatencyMs: DISPLAY_LATENCY_MS + 100 }];
  const statistics = windowStatistics({ ...NOTHING, shown, steps }, 0, 2_000);
  assert.equal(statistics.latenessP50Ms, 70);
  assert.equal(statistics.lipSyncP50Ms, 130);
});

Deno.test("a quantile is one of the values", () => {
  const values = [5, 1, 4, 2, 3];
  assert.equal(quantile(values, 0.5), 3);
  assert.equal(quantile(values, 0.99), 5);
  assert.equal(quantile(values, 0), 1);
  assert.equal(quantile([], 0.5), undefined);
});
