import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  ActiveSpeakers,
  MAX_ACTIVE_SPEAKERS,
  MUTED_AFTER_MS,
  SPEAKER_CHANGE_INTERVAL_MS,
  SPEECH_HOLD_MS,
  SPEECH_START_MS,
} from "./active_speakers.ts";

const FRAME_MS = 20;
const LOUD = 25;
const SPEECH = 40;
const QUIET = 90;

/** A room in which people make sounds for a while; looked at with each frame. */
function start() {
  const speakers = new ActiveSpeakers();
  let nowMs = 10_000;
  let changes = 0;
  return {
    speakers,
    changes: () => changes,
    names: () => speakers.list.map(({ participantId }) => participantId).join(""),
    /** Frames of everyone in `levels`, by name, for `durationMs`; the others send none. */
    sound(durationMs: number, levels: Record<string, number>) {
      for (const endMs = nowMs + durationMs; nowMs < endMs;) {
        nowMs += FRAME_MS;
        for (const [name, level] of Object.entries(levels)) {
          speakers.heard({ participantId: name, streamId: `stream of ${name}` }, level, nowMs);
        }
        if (speakers.update(nowMs) !== undefined) changes++;
      }
    },
    end(name: string) {
      speakers.ended(`stream of ${name}`);
      return speakers.update(nowMs);
    },
  };
}

Deno.test("who speaks for a moment is a speaker, who clicks is not", () => {
  const { sound, names } = start();
  sound(40, { a: LOUD, b: QUIET });
  sound(500, { a: QUIET, b: QUIET });
  strictEqual(names(), "");
  sound(SPEECH_START_MS + FRAME_MS, { a: SPEECH, b: QUIET });
  strictEqual(names(), "a");
});

Deno.test("a pause between two sentences ends no speech, a long one does", () => {
  const { sound, names } = start();
  sound(1_000, { a: SPEECH });
  sound(SPEECH_HOLD_MS - 100, { a: QUIET });
  strictEqual(names(), "a");
  sound(200, { a: QUIET });
  strictEqual(names(), "");
});

Deno.test("who mutes is off the list without that pause", () => {
  const { sound, names } = start();
  sound(1_000, { a: SPEECH, b: QUIET });
  sound(MUTED_AFTER_MS + FRAME_MS, { b: QUIET });
  strictEqual(names(), "");
});

Deno.test("a stream that ends is off the list at once", () => {
  const { sound, end } = start();
  sound(1_000, { a: LOUD, b: SPEECH });
  deepStrictEqual(end("a"), [{ participantId: "b", streamId: "stream of b" }]);
});

Deno.test("the louder one comes first, and the order stays while they are alike", () => {
  const { sound, names, changes } = start();
  sound(1_000, { a: SPEECH });
  sound(3_000, { a: SPEECH, b: LOUD });
  strictEqual(names(), "ba");
  const before = changes();
  sound(3_000, { a: LOUD + 3, b: LOUD });
  sound(3_000, { a: LOUD, b: LOUD + 3 });
  strictEqual(names(), "ba");
  strictEqual(changes(), before);
});

Deno.test("who interrupts for a word is on the list but not first", () => {
  const { sound, names } = start();
  sound(2_000, { a: SPEECH, b: QUIET });
  sound(200, { a: SPEECH, b: SPEECH });
  sound(200, { a: SPEECH, b: QUIET });
  strictEqual(names(), "ab");
});

Deno.test("the list changes no more often than every 300 ms", () => {
  const { sound, changes } = start();
  const silent = Object.fromEntries([..."abcdef"].map((name) => [name, QUIET]));
  for (const name of "abcdef") sound(200, { ...silent, [name]: LOUD });
  strictEqual(changes() <= Math.ceil(1_200 / SPEAKER_CHANGE_INTERVAL_MS), true);
});

Deno.test("a room of loud people names only some", () => {
  const { sound, names } = start();
  sound(1_000, Object.fromEntries([..."abcdefghijkl"].map((name) => [name, LOUD])));
  strictEqual(names().length, MAX_ACTIVE_SPEAKERS);
});

Deno.test("the silent leave nothing behind", () => {
  const { sound, speakers } = start();
  sound(100, { a: QUIET, b: 127 });
  strictEqual(speakers.isActive, false);
  sound(1_000, { a: SPEECH, b: 127 });
  sound(SPEECH_HOLD_MS + 100, { a: QUIET, b: 127 });
  strictEqual(speakers.isActive, false);
});
