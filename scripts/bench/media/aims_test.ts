import assert from "node:assert/strict";
import { NETWORK_PRESETS } from "../../../services/stack/network/network_presets.ts";
import { parseNetworkProfile } from "../../../services/stack/network/network_profile_text.ts";
import { coreAim, CPU_PER_FRAME_AIM, NETWORK_AIMS } from "./aims.ts";
import { type Metric, METRICS } from "./metric.ts";
import { type PhaseName, phasesOf } from "./phases.ts";

/** Networks that are measured without an aim: no published figures are there to compare with. */
const ONLY_TOLD = ["jitter-30ms"];

const everyAim = NETWORK_PRESETS.flatMap(({ name, text }) =>
  Object.entries(NETWORK_AIMS[name]).flatMap(([phase, aims]) =>
    Object.entries(aims).map(([metric, aim]) => ({ name, text, phase, metric, aim }))
  )
);

Deno.test("every network to measure on has aims, but those that are only told", () => {
  for (const { name } of NETWORK_PRESETS) {
    const bounded = everyAim.some((entry) => entry.name === name && "atMost" in entry.aim);
    assert.equal(bounded, !ONLY_TOLD.includes(name), name);
  }
});

Deno.test("every network but those has a figure of WebRTC", () => {
  for (const { name } of NETWORK_PRESETS) {
    const compared = everyAim.some((entry) => entry.name === name && "webrtc" in entry.aim);
    assert.equal(compared, !ONLY_TOLD.includes(name), name);
  }
});

Deno.test("aims are about phases that their network has", () => {
  for (const { name, text, phase } of everyAim) {
    const { phases } = phasesOf(parseNetworkProfile(text));
    assert.ok(phases.some((each) => each.name === phase), `${name}: ${phase}`);
  }
});

Deno.test("aims are about metrics that are measured in their phase", () => {
  const recoveries: Metric[] = ["pictureBackMs", "latencyBackMs", "fullQualityBackMs"];
  for (const { name, phase, metric } of everyAim) {
    assert.ok(metric in METRICS, metric);
    const recovery = recoveries.includes(metric as Metric);
    assert.equal(recovery, phase === ("recovery" satisfies PhaseName), `${name}: ${metric}`);
  }
});

Deno.test("the client core has the browsers' aims, except for latency", () => {
  assert.deepEqual(coreAim("dip", "during", "shownPerSecond"), { atLeast: 20 });
  assert.deepEqual(coreAim("dip", "during", "latencyP50Ms"), {});
  assert.deepEqual(coreAim("jitter-30ms", "steady", "shownPerSecond"), {});
});

Deno.test("forwarding may cost 15 % more than it did", () => {
  assert.equal(CPU_PER_FRAME_AIM.atMost.toFixed(1), "49.1");
});
