import assert from "node:assert/strict";
import { EncodeOverload, RELIEF_STEPS } from "./overload.ts";

const INTERVAL_MS = 1_000 / 30;

/** Encodes for a while; `encodeMs` says how long a frame takes at a relief. Returns the end. */
function run(
  overload: EncodeOverload,
  { fromMs = 0, seconds, encodeMs }: {
    fromMs?: number;
    seconds: number;
    encodeMs: (scale: number) => number;
  },
  onChange: (nowMs: number) => void = () => {},
): number {
  let nowMs = fromMs;
  for (; nowMs < fromMs + seconds * 1_000; nowMs += INTERVAL_MS) {
    if (overload.encoded(nowMs, encodeMs(overload.relief.scale), INTERVAL_MS)) onChange(nowMs);
  }
  return nowMs;
}

Deno.test("an encoder that keeps up loses nothing", () => {
  const overload = new EncodeOverload();
  run(overload, { seconds: 60, encodeMs: () => 25 });
  assert.equal(overload.limited, false);
});

Deno.test("a slow moment costs nothing when the next frames are quick", () => {
  const overload = new EncodeOverload();
  const quietMs = run(overload, { seconds: 3, encodeMs: () => 20 });
  const nowMs = run(overload, { fromMs: quietMs, seconds: 0.6, encodeMs: () => 60 });
  run(overload, { fromMs: nowMs, seconds: 10, encodeMs: () => 10 });
  assert.equal(overload.limited, false);
});

Deno.test("an encoder that is too slow gives way within four seconds, as far as it must", () => {
  const overload = new EncodeOverload();
  const changes: number[] = [];
  const slow = (scale: number) => 80 * scale ** 2;
  run(overload, { seconds: 20, encodeMs: slow }, (nowMs) => changes.push(nowMs));
  assert.equal(overload.relief.scale, 0.5);
  assert.ok(changes[0]! < 4_000);
});

Deno.test("the slow first frames of a new encoder, or of one that paused, do not count", () => {
  const overload = new EncodeOverload();
  const startedMs = run(overload, { seconds: 1.4, encodeMs: () => 200 });
  run(overload, { fromMs: startedMs, seconds: 10, encodeMs: () => 10 });
  const againMs = run(overload, { fromMs: 60_000, seconds: 1.4, encodeMs: () => 200 });
  run(overload, { fromMs: againMs, seconds: 10, encodeMs: () => 10 });
  assert.equal(overload.limited, false);
});

Deno.test("captures that find no room count as overload", () => {
  const overload = new EncodeOverload();
  for (let nowMs = 0; nowMs < 4_000; nowMs += INTERVAL_MS) overload.dropped(nowMs);
  assert.equal(overload.limited, true);
});

Deno.test("the relief ends at the last step", () => {
  const overload = new EncodeOverload();
  run(overload, { seconds: 60, encodeMs: () => 100 });
  assert.deepEqual(overload.relief, RELIEF_STEPS.at(-1));
});

Deno.test("pixels come back one step at a time once the load has been low for a while", () => {
  const overload = new EncodeOverload();
  const nowMs = run(overload, { seconds: 10, encodeMs: (scale) => 80 * scale ** 2 });
  const changes: number[] = [];
  run(
    overload,
    { fromMs: nowMs, seconds: 60, encodeMs: () => 5 },
    (atMs) => changes.push(atMs - nowMs),
  );
  assert.equal(overload.limited, false);
  assert.equal(changes.length, 2);
  assert.ok(changes[0]! > 3_000 && changes[0]! < 7_000);
});

Deno.test("an encoder that relapses is left alone longer each time", () => {
  const overload = new EncodeOverload();
  const steps: number[] = [];
  // A half of the pixels is quick, three quarters are too slow.
  const encodeMs = (scale: number) => scale > 0.5 ? 50 : 5;
  run(overload, { seconds: 300, encodeMs }, (nowMs) => steps.push(nowMs));
  const pauses = steps.slice(1).map((atMs, index) => atMs - steps[index]!).filter((ms) =>
    ms > 5_000
  );
  assert.ok(pauses.length >= 3);
  for (let index = 1; index < pauses.length; index++) {
    assert.ok(pauses[index]! > pauses[index - 1]! * 1.5);
  }
});
