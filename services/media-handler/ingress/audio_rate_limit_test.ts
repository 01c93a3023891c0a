import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  AUDIO_RATE_VIOLATION_INTERVAL_MS,
  MAX_AUDIO_FRAME_BURST,
  MAX_AUDIO_FRAMES_PER_SECOND,
} from "../limits.ts";
import { AudioRateLimit } from "./audio_rate_limit.ts";

/** How many frames are admitted of those that come at `perSecond` for a while. */
function admitted(limit: AudioRateLimit, perSecond: number, seconds: number, startMs = 0): number {
  let count = 0;
  for (let i = 0; i < perSecond * seconds; i++) {
    if (limit.admit(startMs + (i * 1_000) / perSecond)) count++;
  }
  return count;
}

Deno.test("frames of 20 ms and of 10 ms are admitted for as long as they come", () => {
  for (const perSecond of [50, 100]) {
    strictEqual(admitted(new AudioRateLimit(), perSecond, 600), perSecond * 600);
  }
});

Deno.test("of a flood a burst is admitted, then what the rate allows", () => {
  const seconds = 10;
  const count = admitted(new AudioRateLimit(), 10_000, seconds);
  const most = MAX_AUDIO_FRAME_BURST + MAX_AUDIO_FRAMES_PER_SECOND * seconds;
  ok(count <= most && count >= most - 2, `${count} of ${most}`);
});

Deno.test("sound that piled up until a session is nearly lost is admitted at once", () => {
  const limit = new AudioRateLimit();
  strictEqual(admitted(limit, 50, 60), 3_000);
  const piledUp = Array.from({ length: 200 }, () => limit.admit(64_000));
  ok(piledUp.every((admits) => admits));
});

Deno.test("time makes no more than one burst of frames good", () => {
  const limit = new AudioRateLimit();
  while (limit.admit(0));
  const nowMs = 3_600_000;
  const atOnce = Array.from({ length: 2 * MAX_AUDIO_FRAME_BURST }, () => limit.admit(nowMs));
  strictEqual(atOnce.filter((admits) => admits).length, MAX_AUDIO_FRAME_BURST);
});

Deno.test("a flood counts as one violation in an interval", () => {
  const limit = new AudioRateLimit();
  const atMs = [0, 1, AUDIO_RATE_VIOLATION_INTERVAL_MS - 1, AUDIO_RATE_VIOLATION_INTERVAL_MS];
  deepStrictEqual(atMs.map((nowMs) => limit.violates(nowMs)), [true, false, false, true]);
});
