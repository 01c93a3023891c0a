import assert from "node:assert/strict";
import { ASK_AFTER_MS, PATH_SILENCE_LIMIT_MS, PathSilence } from "./path_silence.ts";

const STEP_MS = 250;

/** Judges every quarter of a second up to `untilMs`, with what is unreported then. */
function judge(
  silence: PathSilence,
  fromMs: number,
  untilMs: number,
  unreportedForMs: (nowMs: number) => number = () => 0,
) {
  const verdicts = [];
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += STEP_MS) {
    verdicts.push({ nowMs, verdict: silence.check(nowMs, unreportedForMs(nowMs)) });
  }
  return verdicts;
}

Deno.test("a path on which nobody ever had anything to say is left alone", () => {
  const verdicts = judge(new PathSilence(0), 0, 60_000);
  assert.ok(verdicts.every(({ verdict }) => verdict === "fine"));
});

Deno.test("what was sent and is not reported shows a dead path", () => {
  const verdicts = judge(new PathSilence(0), 0, 3_000, (nowMs) => nowMs);
  assert.equal(
    verdicts.find(({ verdict }) => verdict === "dead")?.nowMs,
    PATH_SILENCE_LIMIT_MS,
  );
});

Deno.test("a path that says anything is not dead, however late its reports", () => {
  const silence = new PathSilence(0);
  for (let nowMs = 0; nowMs < 10_000; nowMs += STEP_MS) {
    silence.heard(nowMs);
    assert.equal(silence.check(nowMs, nowMs), "fine");
  }
});

Deno.test("media that cease are asked after, and the path is dead without an answer", () => {
  const silence = new PathSilence(0);
  silence.mediaCame(0);
  const verdicts = judge(silence, 0, ASK_AFTER_MS);
  assert.deepEqual(verdicts.at(-1), { nowMs: ASK_AFTER_MS, verdict: "ask" });
  const later = judge(silence, 1_000, 3_000, (nowMs) => nowMs - ASK_AFTER_MS);
  assert.equal(later.find(({ verdict }) => verdict === "dead")?.nowMs, PATH_SILENCE_LIMIT_MS);
});

Deno.test("media that cease because others are quiet are asked after once", () => {
  const silence = new PathSilence(0);
  silence.mediaCame(0);
  assert.equal(judge(silence, 0, ASK_AFTER_MS).at(-1)!.verdict, "ask");
  silence.heard(ASK_AFTER_MS + 50);
  const verdicts = judge(silence, 1_000, 60_000);
  assert.ok(verdicts.every(({ verdict }) => verdict === "fine"));
});

Deno.test("a process that slept does not take that for silence", () => {
  const silence = new PathSilence(0);
  silence.mediaCame(0);
  assert.equal(silence.check(60_000, 60_000), "fine");
});
