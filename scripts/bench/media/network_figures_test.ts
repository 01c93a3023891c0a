import assert from "node:assert/strict";
import { networkPreset } from "../../../services/stack/network/network_presets.ts";
import { parseNetworkProfile } from "../../../services/stack/network/network_profile_text.ts";
import { NETWORK_AIMS } from "./aims.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { rowFigures } from "./network_figures.ts";
import type { PhaseName } from "./phases.ts";
import type { Metric } from "./metric.ts";

const NAME = "lossy-1.5mbit";
const network = networkPreset(NAME);

function steadyRun(latencyMs: number): MeasuredRun {
  const shown = Array.from({ length: 600 }, (_, index) => ({
    atMs: index * 1_000 / 30,
    stampMs: index * 1_000 / 30 - latencyMs,
    frameNumber: index,
    width: 640,
    height: 360,
  }));
  return {
    profile: parseNetworkProfile(network.text),
    startedAtMs: 0,
    measurements: { shown, steps: [], gaps: [], stalls: [{ atMs: 5_000, durationMs: 400 }] },
    deliveries: { rateBps: () => 1_200_000 },
    fullHeight: 720,
    conditions: "processors 50 % busy",
  };
}

const aimOf = (phase: PhaseName, metric: Metric) => NETWORK_AIMS[NAME][phase]?.[metric] ?? {};
const row = { subject: "browsers", network, aimOf } as const;

function figureOf(figures: ReturnType<typeof rowFigures>, words: string) {
  return figures.find(({ figure }) => figure === `browsers lossy-1.5mbit: ${words}`)!;
}

Deno.test("a row shows ours, the aim, and what WebRTC did earlier", () => {
  const latency = figureOf(rowFigures(steadyRun(110), row), "picture latency p50");
  assert.equal(latency.value, 110);
  assert.equal(latency.holds, true);
  assert.deepEqual(latency.webrtc, { value: 157, when: "earlier" });
});

Deno.test("WebRTC of the same run stands in place of earlier figures", () => {
  const figures = rowFigures(steadyRun(110), { ...row, webrtc: steadyRun(140) });
  const latency = figureOf(figures, "picture latency p50");
  assert.deepEqual(latency.webrtc, { value: 140, when: "same run" });
});

Deno.test("the conditions say how busy the machine was, and that the page stood still", () => {
  const { conditions } = figureOf(rowFigures(steadyRun(110), row), "pictures shown");
  assert.match(conditions, /2 % loss.*50 % busy.*stood still for 400 ms/);
});

Deno.test("metrics that a measurement does not have are left out", () => {
  const figures = rowFigures(steadyRun(110), { ...row, without: ["latenessP50Ms"] });
  assert.equal(figureOf(figures, "sound lateness p50"), undefined);
  assert.equal(figureOf(rowFigures(steadyRun(110), row), "sound lateness p50").holds, false);
});
