import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LAYER_DEMAND_INTERVAL_MS } from "../limits.ts";
import type { LayerWish } from "../routing/subscription.ts";
import { CAMERA_LADDER } from "../testing/ladders.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { LAYER_HOLD_MS, LayerDemand } from "./layer_demand.ts";

/** A demand whose wishes and ladder the test sets, and what was sent of it, kbit/s by layer. */
function start() {
  const clock = new ManualClock();
  const sent: number[][] = [];
  const t = {
    clock,
    sent,
    wishes: [] as LayerWish[],
    ladder: CAMERA_LADDER,
    /** One viewer for each budget, kbit/s. */
    watch(...budgets: number[]) {
      t.wishes = budgets.map((kbps) => ({
        budgetBps: kbps * 1_000,
        maxSpatialLayer: 2,
        maxTemporalLayer: 2,
      }));
      demand.changed();
    },
  };
  const demand = new LayerDemand({
    clock,
    ladder: () => t.ladder,
    wishes: () => t.wishes,
    send: (targets) => sent.push(targets.map(({ maxBitrateBps }) => maxBitrateBps / 1_000)),
  });
  return { ...t, t, demand };
}

Deno.test("the first viewer is told at once, and so is that nobody watches any more", () => {
  const { t, sent, clock } = start();
  t.watch(2_000);
  deepStrictEqual(sent, [[0, 0, 2_000]]);
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  t.watch();
  deepStrictEqual(sent.at(-1), [0, 0, 0]);
});

Deno.test("a fall is told at once, however small", () => {
  const { t, sent, clock } = start();
  t.watch(2_000);
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  t.watch(1_990);
  deepStrictEqual(sent.at(-1), [0, 0, 1_990]);
});

Deno.test("a rise is told when it is worth it, also when it came in small steps", () => {
  const { t, sent, clock } = start();
  t.watch(1_000);
  for (const kbps of [1_020, 1_040, 1_050]) {
    clock.advance(LAYER_DEMAND_INTERVAL_MS);
    t.watch(kbps);
    strictEqual(sent.length, 1);
  }
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  t.watch(1_060);
  deepStrictEqual(sent.at(-1), [0, 0, 1_060]);
});

Deno.test("many changes at once are told as one, a tenth of a second after the last", () => {
  const { t, sent, clock } = start();
  t.watch(2_000);
  for (let kbps = 1_900; kbps >= 1_000; kbps -= 100) t.watch(kbps);
  strictEqual(sent.length, 1);
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  deepStrictEqual(sent.slice(1), [[0, 0, 1_000]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("a short fall lowers the rate of a layer to its minimum, and starts no other", () => {
  const { t, sent, clock } = start();
  t.watch(1_000);
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  t.watch(300);
  clock.advance(LAYER_HOLD_MS / 2);
  t.watch(1_100);
  deepStrictEqual(sent, [[0, 0, 1_000], [0, 0, 500], [0, 0, 1_100]]);
  clock.advance(2 * LAYER_HOLD_MS);
  strictEqual(sent.length, 3);
});

Deno.test("a fall that lasts moves on to the layer below", () => {
  const { t, sent, clock } = start();
  t.watch(1_000);
  clock.advance(LAYER_DEMAND_INTERVAL_MS);
  t.watch(300);
  clock.advance(LAYER_HOLD_MS);
  deepStrictEqual(sent, [[0, 0, 1_000], [0, 0, 500], [0, 300, 0]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("a new session of the publisher is told at once what is wanted", () => {
  const { t, sent, demand } = start();
  t.watch(1_000);
  demand.publisherConnected();
  deepStrictEqual(sent, [[0, 0, 1_000], [0, 0, 1_000]]);
});

Deno.test("nothing is demanded of a publisher that has not told its layers", () => {
  const { t, sent, demand } = start();
  t.ladder = [];
  t.watch(1_000);
  demand.publisherConnected();
  strictEqual(sent.length, 0);
  t.ladder = CAMERA_LADDER;
  demand.changed();
  deepStrictEqual(sent, [[0, 0, 1_000]]);
});

Deno.test("a publication that is over demands nothing and leaves no timer", () => {
  const { t, sent, clock, demand } = start();
  t.watch(2_000);
  t.watch(1_000);
  demand.end();
  t.watch(500);
  clock.advance(1_000);
  strictEqual(sent.length, 1);
  strictEqual(clock.pendingTimers, 0);
});
