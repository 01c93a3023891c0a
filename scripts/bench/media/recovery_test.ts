import assert from "node:assert/strict";
import type { ShownPicture } from "../../../client/src/lib/measure/measurements.ts";
import { fullQualityBackMs, latencyBackMs, pictureBackMs } from "./recovery.ts";

const REFERENCE = { latencyP50Ms: 60, height: 720, picturesPerSecond: 30 };
const END_MS = 10_000;

/** Pictures at 30 a second from `fromMs` to `toMs`. */
function pictures(
  fromMs: number,
  toMs: number,
  { latencyMs = 60, height = 720, everyMs = 1_000 / 30 } = {},
): ShownPicture[] {
  const list: ShownPicture[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += everyMs) {
    list.push({ atMs, stampMs: atMs - latencyMs, frameNumber: 0, width: height * 16 / 9, height });
  }
  return list;
}

Deno.test("a picture is back with the first one that was painted after the moment", () => {
  const stuck = pictures(1_020, 1_021, { latencyMs: 150 });
  const shown = [...pictures(0, 900), ...stuck, ...pictures(1_130, 2_000)];
  assert.equal(pictureBackMs(shown, 1_000), 130);
  assert.equal(pictureBackMs(pictures(0, 900), 1_000), undefined);
});

Deno.test("latency is back when it stays what it was", () => {
  const shown = [
    ...pictures(1_000, 1_500, { latencyMs: 400 }),
    ...pictures(1_500, 1_700),
    ...pictures(1_700, 3_000, { latencyMs: 300 }),
    ...pictures(3_000, END_MS, { latencyMs: 80 }),
  ];
  const backMs = latencyBackMs(shown, 1_000, END_MS, REFERENCE)!;
  assert.ok(backMs > 1_400 && backMs <= 2_000, String(backMs));
});

Deno.test("latency that stays higher never comes back", () => {
  const shown = pictures(1_000, END_MS, { latencyMs: 90 });
  assert.equal(latencyBackMs(shown, 1_000, END_MS, REFERENCE), undefined);
});

Deno.test("quality is back when size and rate are, for a second", () => {
  const shown = [
    ...pictures(1_000, 2_000, { height: 360 }),
    ...pictures(2_000, 4_000, { everyMs: 50 }),
    ...pictures(4_000, END_MS),
  ];
  const backMs = fullQualityBackMs(shown, 1_000, END_MS, REFERENCE)!;
  assert.ok(backMs >= 2_600 && backMs <= 3_000, String(backMs));
});

Deno.test("one small picture in the second makes quality wait", () => {
  const shown = pictures(1_000, END_MS).map((picture, index) =>
    index === 20 ? { ...picture, height: 360 } : picture
  );
  assert.equal(Math.round(fullQualityBackMs(shown, 1_000, END_MS, REFERENCE)!), 700);
});

Deno.test("a measurement that ends too early proves nothing", () => {
  assert.equal(fullQualityBackMs(pictures(1_000, 1_900), 1_000, 1_900, REFERENCE), undefined);
});
