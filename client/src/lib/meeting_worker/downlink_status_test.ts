import assert from "node:assert/strict";
import type { DeliveredStream } from "../../../core/meeting/stream_quality.ts";
import { impairmentsOf } from "./downlink_status.ts";

const LARGE = { drawn: 720, shown: 700, captured: 720 };

const delivered = (part: Partial<DeliveredStream>): DeliveredStream => ({
  streamId: "bob",
  spatialLayer: 0,
  temporalLayer: 0,
  bitrateBps: 200_000,
  paused: false,
  bottleneck: "none",
  ...part,
});

Deno.test("a stream that the own way has no room for is paused", () => {
  const stream = delivered({ bottleneck: "downlink", paused: true, bitrateBps: 0 });
  assert.deepEqual(impairmentsOf([stream], () => LARGE), [
    { streamId: "bob", cause: "own-network", effect: "paused" },
  ]);
});

Deno.test("a stream whose publisher gets nothing through is paused by the publisher's network", () => {
  const stream = delivered({ bottleneck: "uplink", bitrateBps: 0 });
  assert.deepEqual(impairmentsOf([stream], () => LARGE), [
    { streamId: "bob", cause: "publisher-network", effect: "paused" },
  ]);
});

Deno.test("half the height that would be seen is much reduced", () => {
  const heights = { ...LARGE, drawn: 350 };
  const effects = (bottleneck: DeliveredStream["bottleneck"], drawn: number) =>
    impairmentsOf([delivered({ bottleneck })], () => ({ ...heights, drawn }))
      .map(({ cause, effect }) => `${cause} ${effect}`);
  assert.deepEqual(effects("downlink", 350), ["own-network reduced"]);
  assert.deepEqual(effects("uplink", 350), ["publisher-network reduced"]);
  assert.deepEqual(effects("downlink", 360), []);
});

Deno.test("a picture is not reduced when its camera has no more", () => {
  const heights = { drawn: 180, shown: 700, captured: 180 };
  assert.deepEqual(impairmentsOf([delivered({ bottleneck: "downlink" })], () => heights), []);
});

Deno.test("a small picture that nobody asked to be larger is as it should be", () => {
  const heights = { drawn: 180, shown: 700, captured: 720 };
  assert.deepEqual(impairmentsOf([delivered({ bottleneck: "requested" })], () => heights), []);
});

Deno.test("a stream that is not on the screen suffers from nothing", () => {
  const stream = delivered({ bottleneck: "downlink", paused: true });
  assert.deepEqual(impairmentsOf([stream], () => undefined), []);
});
