import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { CAMERA_LADDER as ladder } from "../testing/ladders.ts";
import { assignLayers, type LayerTarget } from "./layer_assignment.ts";

const kbps = (rate: number) => rate * 1_000;
const wish = (budgetKbps: number, maxSpatialLayer = 15, maxTemporalLayer = 2) => ({
  budgetBps: kbps(budgetKbps),
  maxSpatialLayer,
  maxTemporalLayer,
});
/** Rates of the layers, smallest first, kbit/s. */
const rates = (budgets: ReturnType<typeof wish>[], current: readonly LayerTarget[] = []) =>
  assignLayers(ladder, budgets, current).map(({ maxBitrateBps }) => maxBitrateBps / 1_000);

Deno.test("what nobody watches is not encoded", () => {
  deepStrictEqual(rates([]), [0, 0, 0]);
});

Deno.test("one viewer gets the best layer that its path carries, at just that rate", () => {
  deepStrictEqual(rates([wish(1_100)]), [0, 0, 1_100]);
  deepStrictEqual(rates([wish(400)]), [0, 400, 0]);
  deepStrictEqual(rates([wish(100)]), [100, 0, 0]);
});

Deno.test("a rate is never above what helps nor below what can be looked at", () => {
  deepStrictEqual(rates([wish(9_000)]), [0, 0, 2_500]);
  deepStrictEqual(rates([wish(Infinity)]), [0, 0, 2_500]);
  deepStrictEqual(rates([wish(20)]), [50, 0, 0]);
  deepStrictEqual(rates([wish(0)]), [50, 0, 0]);
});

Deno.test("a viewer who wants small pictures gets a small layer however wide its path is", () => {
  deepStrictEqual(rates([wish(9_000, 1)]), [0, 900, 0]);
  deepStrictEqual(rates([wish(9_000, 0)]), [250, 0, 0]);
});

Deno.test("viewers of similar paths share the layer at the rate of the narrowest", () => {
  deepStrictEqual(rates([wish(2_400), wish(1_500), wish(1_300)]), [0, 0, 1_300]);
});

Deno.test("a viewer with less than half moves down and drags nobody with it", () => {
  deepStrictEqual(rates([wish(2_400), wish(2_000), wish(800)]), [0, 800, 2_000]);
});

Deno.test("viewers spread wide get three encodings", () => {
  deepStrictEqual(rates([wish(5_000), wish(2_000), wish(700), wish(500), wish(100), wish(60)]), [
    60,
    500,
    2_000,
  ]);
});

Deno.test("in the lowest layer the narrowest paths leave temporal layers out instead", () => {
  deepStrictEqual(rates([wish(240, 0), wish(60, 0)]), [240, 0, 0]);
});

Deno.test("temporal layers that nobody receives need not be sent", () => {
  const [low, , high] = assignLayers(ladder, [wish(2_000, 2, 1), wish(2_000, 2, 0)], []);
  deepStrictEqual([low!.maxTemporalLayer, high!.maxTemporalLayer], [0, 1]);
});

Deno.test("a budget near the limit of a layer starts no encoder again and again", () => {
  const before = assignLayers(ladder, [wish(900)], []);
  deepStrictEqual(rates([wish(510)], before), [0, 0, 510]);
  const below = assignLayers(ladder, [wish(490)], before);
  deepStrictEqual(below.map((target) => target.maxBitrateBps / 1_000), [0, 490, 0]);
  deepStrictEqual(rates([wish(510)], below), [0, 510, 0]);
  deepStrictEqual(rates([wish(740)], below), [0, 740, 0]);
  deepStrictEqual(rates([wish(760)], below), [0, 0, 760]);
});

Deno.test("a layer that is held stays on far below its minimum, and no other does", () => {
  const before = assignLayers(ladder, [wish(900)], []);
  const held = (kbps: number) =>
    assignLayers(ladder, [wish(kbps)], before, { holds: true })
      .map((target) => target.maxBitrateBps / 1_000);
  deepStrictEqual(held(200), [0, 0, 500]);
  deepStrictEqual(held(140), [140, 0, 0]);
});

Deno.test("a budget near half of the best one does not move between layers", () => {
  const together = [wish(2_000), wish(960)];
  deepStrictEqual(rates(together), [0, 0, 960]);
  const apart = assignLayers(ladder, [wish(2_000), wish(850)], []);
  deepStrictEqual(apart.map((target) => target.maxBitrateBps / 1_000), [0, 850, 2_000]);
  deepStrictEqual(rates(together, apart), [0, 900, 2_000]);
});

const anyWish = fc.record({
  budgetBps: fc.integer({ min: 0, max: 6_000_000 }),
  maxSpatialLayer: fc.integer({ min: 0, max: 15 }),
  maxTemporalLayer: fc.integer({ min: 0, max: 2 }),
});

Deno.test("whatever is wished, someone gets something and rates stay within their layers", () => {
  fc.assert(
    fc.property(fc.array(anyWish, { maxLength: 50 }), fc.array(anyWish), (wishes, earlier) => {
      const targets = assignLayers(ladder, wishes, assignLayers(ladder, earlier, []));
      const total = targets.reduce((sum, { maxBitrateBps }) => sum + maxBitrateBps, 0);
      ok((total > 0) === (wishes.length > 0));
      targets.forEach(({ maxBitrateBps }, index) => {
        const { minBitrateBps, maxBitrateBps: most } = ladder[index]!;
        ok(maxBitrateBps === 0 || (maxBitrateBps >= minBitrateBps && maxBitrateBps <= most));
      });
    }),
    propertyRuns(300),
  );
});

Deno.test("whoever can pay for a layer is not dragged below 45 % of what it could have", () => {
  fc.assert(
    fc.property(fc.array(anyWish, { minLength: 1, maxLength: 50 }), (wishes) => {
      const targets = assignLayers(ladder, wishes, []);
      for (const { budgetBps, maxSpatialLayer } of wishes) {
        const best = targets.findLast(({ spatialLayer, maxBitrateBps }) =>
          spatialLayer <= maxSpatialLayer && maxBitrateBps > 0 && maxBitrateBps <= budgetBps
        );
        if (budgetBps < ladder[0]!.minBitrateBps / 0.45) continue;
        // The lowest layer can only be too large, for those who then leave temporal layers out.
        if (best === undefined) ok(targets[0]!.maxBitrateBps > budgetBps);
        else {
          const { maxBitrateBps: most } = ladder[best.spatialLayer]!;
          ok(best.maxBitrateBps >= 0.45 * Math.min(budgetBps, most));
        }
      }
    }),
    propertyRuns(300),
  );
});
