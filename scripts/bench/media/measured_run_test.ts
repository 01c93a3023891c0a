import assert from "node:assert/strict";
import { parseNetworkProfile } from "../../../services/stack/network/network_profile_text.ts";
import type { ShownPicture } from "../../../client/src/lib/measure/measurements.ts";
import { type MeasuredRun, phaseValues } from "./measured_run.ts";
import { phasesOf } from "./phases.ts";

const STARTED_AT_MS = 1_000_000;
const PICTURE_MS = 40;

/** A run in which each picture looks as `look` says, at milliseconds from its beginning. */
function runOf(
  text: string,
  look: (atMs: number) => { readonly latencyMs: number; readonly height: number } | undefined,
): MeasuredRun {
  const profile = parseNetworkProfile(text);
  const shown: ShownPicture[] = [];
  for (let atMs = 0; atMs < phasesOf(profile).durationMs; atMs += PICTURE_MS) {
    const seen = look(atMs);
    if (!seen) continue;
    shown.push({
      atMs: STARTED_AT_MS + atMs,
      stampMs: STARTED_AT_MS + atMs - seen.latencyMs,
      frameNumber: shown.length,
      width: seen.height * 16 / 9,
      height: seen.height,
    });
  }
  return {
    profile,
    startedAtMs: STARTED_AT_MS,
    measurements: { shown, steps: [], gaps: [], stalls: [] },
    deliveries: { rateBps: () => 600_000 },
    fullHeight: 720,
    conditions: "",
  };
}

function valuesOf(run: MeasuredRun, name: string) {
  const { phases } = phasesOf(run.profile);
  const phase = phases.find((each) => each.name === name)!;
  return phaseValues(run, phase, phases.find((each) => each.name === "before"));
}

Deno.test("a steady run has the latency, rate and size of its pictures", () => {
  const run = runOf("down 1mbit", (atMs) => ({ latencyMs: 80, height: atMs < 5_000 ? 360 : 720 }));
  const values = valuesOf(run, "steady");
  assert.equal(values.latencyP50Ms, 80);
  assert.equal(values.shownPerSecond, 25);
  assert.equal(values.medianHeight, 720);
  assert.equal(values.fullSizeShare, 75);
  assert.equal(values.linkUsedMbps, 0.6);
  assert.equal(values.linkShare, 60);
});

Deno.test("a link without a rate has no share that could be used", () => {
  const values = valuesOf(runOf("40ms", () => ({ latencyMs: 80, height: 720 })), "steady");
  assert.ok(!("linkShare" in values));
});

Deno.test("recovery is measured from the last change against the time before the first", () => {
  const run = runOf("clear; @10s blackout; @13s clear", (atMs) => {
    if (atMs >= 10_000 && atMs < 13_200) return undefined;
    const small = atMs >= 13_200 && atMs < 15_000;
    return { latencyMs: small ? 200 : 60, height: small ? 360 : 720 };
  });
  const values = valuesOf(run, "recovery");
  // At 200 ms a picture was shown that had been painted right at the end of the blackout.
  assert.equal(values.pictureBackMs, 200);
  assert.equal(values.fullQualityBackMs, 2_000);
  const backMs = values.latencyBackMs!;
  assert.ok(backMs > 1_400 && backMs <= 2_000, String(backMs));
});

Deno.test("where nothing was shown before there is nothing to come back to", () => {
  const run = runOf("clear; @10s blackout; @13s clear", () => undefined);
  assert.deepEqual(valuesOf(run, "recovery"), {
    pictureBackMs: undefined,
    latencyBackMs: undefined,
    fullQualityBackMs: undefined,
  });
});
