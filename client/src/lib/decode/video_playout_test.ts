import assert from "node:assert/strict";
import { MAXIMUM_SMOOTHING_MS, MAXIMUM_WAITING_PICTURES, VideoPlayout } from "./video_playout.ts";

const INTERVAL_MS = 1_000 / 30;
const ANIMATION_FRAME_MS = 1_000 / 60;

interface Shown {
  readonly picture: number;
  readonly atMs: number;
}

interface Path {
  readonly pictures: number;
  /** How much later than the fastest picture n arrives; the order is kept. */
  readonly lateMs: (picture: number) => number;
  readonly syncDelayMs?: number;
}

/** Plays pictures that are decoded the moment they arrive, on a screen of 60 Hz. */
function play({ pictures, lateMs, syncDelayMs = 0 }: Path) {
  const discarded: number[] = [];
  const playout = new VideoPlayout<number>((picture) => discarded.push(picture));
  playout.syncDelayMs = syncDelayMs;
  const shown: Shown[] = [];
  let arrivesMs = 0;
  let nextFrameMs = 5;
  for (let picture = 0; picture < pictures; picture++) {
    arrivesMs = Math.max(arrivesMs, picture * INTERVAL_MS + lateMs(picture));
    for (; nextFrameMs <= arrivesMs; nextFrameMs += ANIMATION_FRAME_MS) {
      const drawn = playout.takeInAnimationFrame(nextFrameMs);
      if (drawn !== undefined) shown.push({ picture: drawn, atMs: nextFrameMs });
    }
    playout.arrived(picture * INTERVAL_MS * 1_000, arrivesMs);
    playout.push(picture, picture * INTERVAL_MS * 1_000);
    const drawn = playout.takeNow(arrivesMs);
    if (drawn !== undefined) shown.push({ picture: drawn, atMs: arrivesMs });
  }
  return { playout, shown, discarded };
}

function delays(shown: readonly Shown[]): number[] {
  return shown.map(({ picture, atMs }) => atMs - picture * INTERVAL_MS);
}

/** A fixed sequence that looks random, 0 to 1. */
function scattered(n: number): number {
  return (Math.imul(n + 1, 2_654_435_761) >>> 0) / 2 ** 32;
}

Deno.test("on an even path no picture waits", () => {
  const { shown } = play({ pictures: 90, lateMs: () => 0 });
  assert.equal(shown.length, 90);
  assert.ok(Math.max(...delays(shown)) < 0.01);
});

Deno.test("a few milliseconds of unrest make no picture wait", () => {
  const lateMs = (picture: number) => scattered(picture) * 6;
  const { shown } = play({ pictures: 90, lateMs });
  for (const { picture, atMs } of shown) {
    assert.ok(Math.abs(atMs - picture * INTERVAL_MS - lateMs(picture)) < 0.01);
  }
});

Deno.test("after a stall every picture is seen, each in an animation frame of its own", () => {
  const stalled = (picture: number) =>
    picture >= 60 && picture < 64 ? (64 - picture) * INTERVAL_MS : 0;
  const { shown, discarded } = play({ pictures: 120, lateMs: stalled });
  assert.deepEqual(discarded, []);
  assert.deepEqual(shown.map(({ picture }) => picture), Array.from({ length: 120 }, (_, n) => n));
  const animationFrames = shown.map(({ atMs }) =>
    Math.ceil((atMs - 5) / ANIMATION_FRAME_MS - 1e-6)
  );
  assert.equal(new Set(animationFrames).size, shown.length);
});

Deno.test("unrest of one picture's time is smoothed", () => {
  const { playout, shown } = play({
    pictures: 300,
    lateMs: (picture) => picture % 3 === 0 ? 30 : 0,
  });
  assert.ok(playout.smoothingMs >= 30 && playout.smoothingMs <= MAXIMUM_SMOOTHING_MS);
  const steady = delays(shown.slice(-100));
  assert.ok(Math.max(...steady) - Math.min(...steady) < 2 * ANIMATION_FRAME_MS);
});

Deno.test("however long and often it stalls, no picture waits longer than the bound", () => {
  const { playout } = play({ pictures: 300, lateMs: (picture) => picture % 3 > 0 ? 150 : 0 });
  assert.equal(playout.smoothingMs, MAXIMUM_SMOOTHING_MS);
});

Deno.test("where stalls are too long to be hidden, no more than the faster half waits", () => {
  const lateMs = (picture: number) => [0, 5, 10, 100, 67, 34, 22, 18, 14, 12][picture % 10]!;
  const { playout } = play({ pictures: 300, lateMs });
  assert.ok(playout.smoothingMs >= 14 && playout.smoothingMs <= 30, `${playout.smoothingMs}`);
});

Deno.test("rare stalls delay nothing but themselves", () => {
  const { playout } = play({ pictures: 300, lateMs: (picture) => picture % 20 === 0 ? 60 : 0 });
  assert.equal(playout.smoothingMs, 0);
});

Deno.test("too many that wait are left out, the oldest first", () => {
  const discarded: number[] = [];
  const playout = new VideoPlayout<number>((picture) => discarded.push(picture));
  playout.syncDelayMs = 100;
  for (let n = 0; n < MAXIMUM_WAITING_PICTURES + 2; n++) {
    playout.arrived(n * 1_000, n);
    playout.push(n, n * 1_000);
  }
  assert.deepEqual(discarded, [0, 1]);
});

Deno.test("pictures wait for their sound", () => {
  const { shown } = play({ pictures: 90, lateMs: () => 0, syncDelayMs: 60 });
  const median = delays(shown).toSorted((a, b) => a - b)[45]!;
  assert.ok(median >= 50 && median <= 80, `${median} ms`);
});

Deno.test("what is cleared is given back", () => {
  const discarded: number[] = [];
  const playout = new VideoPlayout<number>((picture) => discarded.push(picture));
  playout.push(1, 0);
  playout.clear();
  assert.deepEqual(discarded, [1]);
  assert.ok(!playout.waiting);
});
