import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { SPEECH_HOLD_MS } from "./active_speakers.ts";
import { SpeakerWatch } from "./speaker_watch.ts";

const speaker = { participantId: "anna", streamId: "stream" };

function start() {
  const clock = new ManualClock();
  const told: number[] = [];
  const watch = new SpeakerWatch(clock, (speakers) => told.push(speakers.length));
  const speak = (durationMs: number, level: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
      clock.advance(20);
      watch.heard(speaker, level, clock.now());
    }
  };
  return { clock, told, watch, speak };
}

Deno.test("a speaker is told when they begin and when they have ended, and then nothing runs", () => {
  const { clock, told, speak } = start();
  speak(1_000, 40);
  deepStrictEqual(told, [1]);
  clock.advance(SPEECH_HOLD_MS + 1_000);
  deepStrictEqual(told, [1, 0]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("silence starts no timer", () => {
  const { clock, speak } = start();
  speak(1_000, 120);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("an unpublished stream is told at once", () => {
  const { told, watch, speak } = start();
  speak(1_000, 40);
  watch.ended(speaker.streamId);
  deepStrictEqual(told, [1, 0]);
});

Deno.test("a meeting that is over leaves no timer", () => {
  const { clock, watch, speak } = start();
  speak(1_000, 40);
  watch.stop();
  strictEqual(clock.pendingTimers, 0);
});
