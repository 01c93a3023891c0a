import { strictEqual } from "node:assert/strict";
import { Bottleneck } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CAMERA_LADDER } from "../testing/ladders.ts";
import { bottleneckOf } from "./bottleneck.ts";

const CLEAR = { lossRatio: 0, lateRatio: 0 };
const wish = (budgetBps: number, maxSpatialLayer = 2) => ({
  budgetBps,
  maxSpatialLayer,
  maxTemporalLayer: 2,
});
const bottleneck = (uplink: typeof CLEAR, ...wishes: ReturnType<typeof wish>[]) =>
  bottleneckOf(uplink, CAMERA_LADDER, wishes);

Deno.test("a full or lossy uplink comes first", () => {
  strictEqual(bottleneck({ ...CLEAR, lateRatio: 0.5 }, wish(100_000)), Bottleneck.UPLINK);
  strictEqual(bottleneck({ ...CLEAR, lossRatio: 0.1 }, wish(100_000)), Bottleneck.UPLINK);
});

Deno.test("if nobody asks for the best layer, that is why nobody gets it", () => {
  strictEqual(bottleneck(CLEAR), Bottleneck.REQUESTED);
  strictEqual(bottleneck(CLEAR, wish(9_000_000, 1)), Bottleneck.REQUESTED);
});

Deno.test("if no path to those who want it carries it, the downlinks are why", () => {
  strictEqual(bottleneck(CLEAR, wish(700_000), wish(9_000_000, 0)), Bottleneck.DOWNLINK);
});

Deno.test("one subscriber at the best is enough for the publisher to be well", () => {
  strictEqual(bottleneck(CLEAR, wish(700_000), wish(9_000_000)), Bottleneck.NONE);
});

Deno.test("sound has no better layer", () => {
  strictEqual(bottleneckOf(CLEAR, [], []), Bottleneck.NONE);
});
