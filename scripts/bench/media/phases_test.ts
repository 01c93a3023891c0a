import assert from "node:assert/strict";
import { NETWORK_PRESETS, networkPreset } from "../../../services/stack/network/network_presets.ts";
import { pathAt } from "../../../services/stack/network/network_profile.ts";
import { parseNetworkProfile } from "../../../services/stack/network/network_profile_text.ts";
import { phasesOf, postponed, STEADY_MS } from "./phases.ts";

const dip = parseNetworkProfile(networkPreset("dip").text);

Deno.test("a network that stays as it is has one phase", () => {
  const { phases, durationMs } = phasesOf(parseNetworkProfile("40ms"));
  assert.deepEqual(phases, [{ name: "steady", fromMs: 0, toMs: STEADY_MS }]);
  assert.equal(durationMs, STEADY_MS);
});

Deno.test("a dip has phases before, in and after it", () => {
  const { phases } = phasesOf(dip);
  assert.deepEqual(phases.map(({ name, fromMs, toMs }) => [name, fromMs, toMs]), [
    ["before", 0, 10_000],
    ["during", 10_000, 20_000],
    ["first 3 s after", 20_000, 23_000],
    ["3 to 5 s after", 23_000, 25_000],
    ["later", 25_000, 32_000],
    ["recovery", 20_000, 32_000],
  ]);
});

Deno.test("the phases of every preset lie inside its measurement", () => {
  for (const { text } of NETWORK_PRESETS) {
    const { phases, durationMs } = phasesOf(parseNetworkProfile(text));
    for (const { fromMs, toMs } of phases) assert.ok(fromMs < toMs && toMs <= durationMs);
  }
});

Deno.test("a postponed network changes as much later, and is as at its start until then", () => {
  const later = postponed(dip, 20_000);
  assert.deepEqual(pathAt(later, 29_999), pathAt(dip, 0));
  assert.deepEqual(pathAt(later, 30_000), pathAt(dip, 10_000));
  assert.deepEqual(pathAt(later, 40_000), pathAt(dip, 20_000));
});
