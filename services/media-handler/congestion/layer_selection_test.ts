import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import {
  DOWNGRADE_PATIENCE_MS,
  type EncodedLayer,
  FAILED_UPGRADE_MS,
  FALL_PATIENCE_MS,
  LayerSelection,
  QUEUEING_PATIENCE_MS,
  UPGRADE_PATIENCE_MS,
} from "./layer_selection.ts";

const MINIMA = [50_000, 150_000, 500_000];

/** A layer whose temporal layers carry 45, 65 and 100 % of its rate. */
function encoded(spatialLayer: number, kbps: number): EncodedLayer {
  const parts = [0.45, 0.65, 1];
  return {
    spatialLayer,
    minBitrateBps: MINIMA[spatialLayer]!,
    bitrateBps: (temporalLayer) => kbps * 1_000 * parts[Math.min(temporalLayer, 2)]!,
  };
}

/** A selection whose wishes come true at once, by a key frame. */
function start(layers: EncodedLayer[], kbps: number, maxSpatialLayer = 2) {
  const selection = new LayerSelection();
  let nowMs = 0;
  const t = {
    selection,
    layers,
    kbps,
    maxSpatialLayer,
    spareKbps: 0,
    queueing: false,
    switches: 0,
    run(durationMs: number) {
      for (const endMs = nowMs + durationMs; nowMs < endMs; nowMs += 20) t.update();
    },
    update() {
      const before = selection.spatialLayer;
      selection.update({
        nowMs,
        budgetBps: t.kbps * 1_000,
        roomBps: (t.kbps + t.spareKbps) * 1_000,
        maxSpatialLayer: t.maxSpatialLayer,
        layers: t.layers,
        queueing: t.queueing,
      });
      if (selection.spatialLayer !== before) t.switches++;
      selection.switched(selection.spatialLayer, nowMs);
    },
    selected: () => [selection.spatialLayer, selection.maxTemporalLayer],
  };
  t.update();
  return t;
}
const three = () => [encoded(0, 200), encoded(1, 700), encoded(2, 2_000)];

Deno.test("the best layer whose whole rate fits is chosen at the start", () => {
  deepStrictEqual(start(three(), 2_500).selected(), [2, 2]);
  deepStrictEqual(start(three(), 1_000).selected(), [1, 2]);
  deepStrictEqual(start(three(), 250).selected(), [0, 2]);
});

Deno.test("a layer that is too large for the picture is not chosen unless there is no other", () => {
  deepStrictEqual(start(three(), 9_000, 1).selected(), [1, 2]);
  deepStrictEqual(start([encoded(2, 2_000)], 9_000, 1).selected(), [2, 2]);
});

Deno.test("the smallest layer goes with fewer temporal layers rather than not at all", () => {
  deepStrictEqual(start(three(), 120).selected(), [0, 1]);
  deepStrictEqual(start(three(), 60).selected(), [0, 0]);
});

Deno.test("without a budget nothing is sent", () => {
  strictEqual(start(three(), 0).selection.spatialLayer, undefined);
  const t = start(three(), 500);
  t.kbps = 0;
  t.update();
  strictEqual(t.selection.spatialLayer, undefined);
});

Deno.test("a better layer must fit for half a second", () => {
  const t = start(three(), 1_000);
  t.kbps = 2_500;
  t.run(UPGRADE_PATIENCE_MS - 40);
  strictEqual(t.selection.spatialLayer, 1);
  t.kbps = 1_000;
  t.update();
  t.kbps = 2_500;
  t.run(UPGRADE_PATIENCE_MS - 40);
  strictEqual(t.selection.spatialLayer, 1);
  t.run(80);
  strictEqual(t.selection.spatialLayer, 2);
});

Deno.test("below a layer's minimum a smaller one is wanted at once", () => {
  const t = start(three(), 2_500);
  t.kbps = 490;
  t.update();
  strictEqual(t.selection.spatialLayer, 0);
});

Deno.test("the encoder is given time to follow a smaller budget", () => {
  const t = start(three(), 2_500);
  t.kbps = 950;
  t.update();
  deepStrictEqual(t.selected(), [2, 2]);
  t.run(DOWNGRADE_PATIENCE_MS / 2);
  t.layers = [encoded(0, 200), encoded(1, 700), encoded(2, 950)];
  t.run(2 * DOWNGRADE_PATIENCE_MS);
  deepStrictEqual(t.selected(), [2, 2]);
});

Deno.test("an encoder that does not follow is left for the smaller layer", () => {
  const t = start(three(), 2_500);
  t.kbps = 1_000;
  t.run(DOWNGRADE_PATIENCE_MS + 40);
  deepStrictEqual(t.selected(), [1, 2]);
});

Deno.test("a layer that ended is left at once", () => {
  const t = start(three(), 2_500);
  t.layers = [encoded(0, 200), encoded(1, 700)];
  t.update();
  strictEqual(t.selection.spatialLayer, 1);
});

Deno.test("while the path queues temporal layers go, one at once and the next soon", () => {
  const t = start(three(), 2_500);
  t.queueing = true;
  t.update();
  deepStrictEqual(t.selected(), [2, 1]);
  t.run(QUEUEING_PATIENCE_MS + 40);
  deepStrictEqual(t.selected(), [2, 0]);
  t.queueing = false;
  t.update();
  deepStrictEqual(t.selected(), [2, 2]);
});

Deno.test("an encoder that does not follow soon costs temporal layers", () => {
  const t = start([encoded(0, 200)], 250);
  t.kbps = 80;
  t.run(FALL_PATIENCE_MS - 40);
  deepStrictEqual(t.selected(), [0, 2]);
  t.run(80);
  deepStrictEqual(t.selected(), [0, 0]);
});

Deno.test("a temporal layer comes back only with some margin", () => {
  const t = start([encoded(0, 200)], 150);
  deepStrictEqual(t.selected(), [0, 1]);
  t.kbps = 175;
  t.update();
  deepStrictEqual(t.selected(), [0, 1]);
  t.kbps = 180;
  t.update();
  deepStrictEqual(t.selected(), [0, 2]);
  t.kbps = 160;
  t.update();
  deepStrictEqual(t.selected(), [0, 2]);
});

Deno.test("an encoder above its cap costs no temporal layer while the path has room", () => {
  const t = start([encoded(0, 200)], 140);
  deepStrictEqual(t.selected(), [0, 1]);
  t.spareKbps = 100;
  t.update();
  deepStrictEqual(t.selected(), [0, 2]);
});

Deno.test("an upgrade that fails again and again is tried ever more rarely", () => {
  const t = start(three(), 1_000);
  let upgrades = 0;
  for (let ms = 0; ms < 60_000; ms += 100) {
    // As soon as the better layer is sent, the path turns out not to carry it.
    t.kbps = t.selection.spatialLayer === 2 ? 400 : 2_500;
    const before = t.selection.spatialLayer ?? 0;
    t.run(100);
    if ((t.selection.spatialLayer ?? 0) > before) upgrades++;
  }
  ok(upgrades <= 12, `${upgrades} upgrades in a minute`);
});

Deno.test("an upgrade that lasted is no failure", () => {
  const t = start(three(), 1_000);
  t.kbps = 2_500;
  t.run(UPGRADE_PATIENCE_MS + 40 + FAILED_UPGRADE_MS);
  t.kbps = 400;
  t.run(100);
  t.kbps = 2_500;
  t.run(UPGRADE_PATIENCE_MS + 60);
  strictEqual(t.selection.spatialLayer, 2);
});

Deno.test("whatever the budget does, switches are rare and what is wanted is encoded", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 20, maxLength: 60 }),
      (budgets) => {
        const t = start(three(), 1_000);
        for (const kbps of budgets) {
          t.kbps = kbps;
          t.run(200);
          const { spatialLayer } = t.selection;
          ok(spatialLayer === undefined ? kbps === 0 : spatialLayer <= 2);
        }
        // At most a switch down and one up in each of the shortest spans.
        ok(t.switches <= 2 + budgets.length, `${t.switches} switches`);
      },
    ),
    propertyRuns(100),
  );
});
