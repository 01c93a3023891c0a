import { ok, strictEqual } from "node:assert/strict";
import { NETWORKS } from "../../../proto/congestion/testing/network_traces.ts";
import { SimulatedViewer, type ViewedFrame } from "../testing/simulated_viewer.ts";

const SEED = 1;
/** The first seconds, in which the path is found out, are judged by no figure but their own. */
const SETTLED_MS = 3_000;

/** What a viewer got of the frames sent within a span. */
function figures(viewer: SimulatedViewer, fromMs: number, toMs: number) {
  const frames = viewer.frames.filter(({ sentAtMs }) => fromMs <= sentAtMs && sentAtMs < toMs);
  const seconds = (toMs - fromMs) / 1_000;
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
  const sound = viewer.sound.filter(({ sentAtMs }) => fromMs <= sentAtMs && sentAtMs < toMs);
  return {
    fps: frames.length / seconds,
    kbps: (bytes * 8) / 1_000 / seconds,
    delayMs: (quantile: number) => quantileOf(frames.map(delayOf), quantile),
    soundDelayMs: (quantile: number) => quantileOf(sound.map(delayOf), quantile),
    longestGapMs: longestGap(frames),
    keyFrames: frames.filter(({ isKey }) => isKey).length,
  };
}

const delayOf = (frame: { sentAtMs: number; arrivedAtMs: number }) =>
  frame.arrivedAtMs - frame.sentAtMs;

function quantileOf(values: number[], quantile: number): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length * quantile)] ?? Infinity;
}

function longestGap(frames: readonly ViewedFrame[]): number {
  let longest = 0;
  for (let index = 1; index < frames.length; index++) {
    longest = Math.max(longest, frames[index]!.arrivedAtMs - frames[index - 1]!.arrivedAtMs);
  }
  return longest;
}

async function view(name: keyof typeof NETWORKS) {
  const { link, durationMs } = NETWORKS[name];
  const viewer = new SimulatedViewer(link, SEED);
  await viewer.run(durationMs);
  return { viewer, ...figures(viewer, SETTLED_MS, durationMs - 500), durationMs };
}

Deno.test("on a clean network every frame arrives at once, at the best rate", async () => {
  const { fps, kbps, delayMs, longestGapMs, keyFrames } = await view("clean");
  ok(fps > 29.5, `${fps} frames a second`);
  ok(kbps > 2_300, `${kbps} kbit/s`);
  ok(delayMs(0.99) < 40, `${delayMs(0.99)} ms`);
  ok(longestGapMs < 70, `${longestGapMs} ms`);
  strictEqual(keyFrames, 0);
});

Deno.test("a thin and lossy path is used well, and sound does not wait for pictures", async () => {
  const { fps, kbps, delayMs, soundDelayMs, keyFrames } = await view("lossy");
  ok(fps > 28, `${fps} frames a second`);
  ok(kbps > 1_000, `${kbps} kbit/s`);
  ok(delayMs(0.5) < 70 && delayMs(0.99) < 200, `${delayMs(0.5)}, ${delayMs(0.99)} ms`);
  ok(soundDelayMs(0.99) < 110, `${soundDelayMs(0.99)} ms`);
  strictEqual(keyFrames, 0);
});

Deno.test("loss alone costs no quality", async () => {
  const { fps, kbps, delayMs } = await view("veryLossy");
  ok(fps > 29, `${fps} frames a second`);
  ok(kbps > 2_200, `${kbps} kbit/s`);
  ok(delayMs(0.99) < 220, `${delayMs(0.99)} ms`);
});

Deno.test("on 300 kbit/s a small picture moves smoothly beside sound", async () => {
  const { fps, delayMs, soundDelayMs } = await view("thin");
  ok(fps > 27, `${fps} frames a second`);
  ok(delayMs(0.5) < 65 && delayMs(0.99) < 150, `${delayMs(0.5)}, ${delayMs(0.99)} ms`);
  ok(soundDelayMs(0.99) < 120, `${soundDelayMs(0.99)} ms`);
});

Deno.test("a path that narrows to a tenth keeps moving, and full quality returns with it", async () => {
  const { viewer, longestGapMs } = await view("dip");
  const dip = figures(viewer, 11_500, 20_000);
  ok(longestGapMs < 500, `${longestGapMs} ms`);
  ok(dip.fps > 26, `${dip.fps} frames a second`);
  ok(dip.delayMs(0.99) < 300, `${dip.delayMs(0.99)} ms`);
  const after = figures(viewer, 25_000, 29_500);
  ok(after.kbps > 2_200, `${after.kbps} kbit/s`);
});

Deno.test("after a blackout the picture is back within a quarter of a second", async () => {
  const { viewer } = await view("blackout");
  const firstMs = Math.min(
    ...viewer.frames.map(({ arrivedAtMs }) => arrivedAtMs).filter((atMs) => atMs > 11_000),
  );
  ok(firstMs < 11_250, `at ${firstMs} ms`);
  const after = figures(viewer, 16_000, 19_500);
  ok(after.fps > 29 && after.kbps > 2_200, `${after.fps} frames a second, ${after.kbps} kbit/s`);
});
