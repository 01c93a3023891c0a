import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import {
  allocateUplink,
  ALWAYS_SENT_BPS,
  type SharingLayer,
  type SharingStream,
  TURN_ON_MARGIN,
  VIDEO_OVERHEAD_BPS,
} from "./uplink_allocation.ts";

const RATES = [[50_000, 250_000], [150_000, 900_000], [500_000, 2_500_000]] as const;

function camera(streamId: string, demand?: (number | undefined)[], on = true): SharingStream {
  const layers = RATES.map(([minBitrateBps, maxBitrateBps], spatialLayer): SharingLayer => ({
    spatialLayer,
    minBitrateBps,
    maxBitrateBps,
    demandBps: demand?.[spatialLayer],
    on,
  }));
  return { streamId, screen: false, layers };
}

function screen(demandBps?: number): SharingStream {
  const rates = { minBitrateBps: 150_000, maxBitrateBps: 3_000_000 };
  return {
    streamId: "screen",
    screen: true,
    layers: [{ spatialLayer: 0, ...rates, demandBps, on: true }],
  };
}

function bitrates(availableBps: number, ...streams: SharingStream[]) {
  const targets = allocateUplink(availableBps, streams);
  return streams.map(({ streamId }) => targets.get(streamId)!.map(({ bitrateBps }) => bitrateBps));
}

Deno.test("on a path with plenty every layer gets what is demanded of it", () => {
  assert.deepEqual(bitrates(10_000_000, camera("a", [200_000, 800_000, 2_000_000])), [
    [200_000, 800_000, 2_000_000],
  ]);
});

Deno.test("a layer never gets more than makes it look better", () => {
  assert.deepEqual(bitrates(10_000_000, camera("a", [9_000_000, 0, 0])), [[250_000, 0, 0]]);
});

Deno.test("a layer that nobody watches gets nothing", () => {
  assert.deepEqual(bitrates(2_000_000, camera("a", [0, 0, 1_100_000])), [[0, 0, 1_100_000]]);
});

Deno.test("until a demand is known all layers are sent as far as it goes, lowest first", () => {
  const overheadBps = 2 * VIDEO_OVERHEAD_BPS;
  assert.deepEqual(bitrates(600_000 + overheadBps, camera("a")), [[250_000, 350_000, 0]]);
});

Deno.test("a share goes before a camera", () => {
  const [share, face] = bitrates(400_000, screen(), camera("a", [250_000, 0, 0]));
  assert.deepEqual(face, [50_000, 0, 0]);
  assert.deepEqual(share, [400_000 - 50_000 - 2 * VIDEO_OVERHEAD_BPS]);
  assert.deepEqual(bitrates(200_000, screen(), camera("a")), [[182_000], [0, 0, 0]]);
});

Deno.test("small pictures of all cameras go before a large one of any", () => {
  const available = 250_000 + 3 * VIDEO_OVERHEAD_BPS;
  assert.deepEqual(bitrates(available, camera("a"), camera("b")), [[50_000, 150_000, 0], [
    50_000,
    0,
    0,
  ]]);
});

Deno.test("a layer that is off needs a margin to be turned on", () => {
  const first = camera("a", [30_000, 0, 0]);
  const enough = 30_000 + VIDEO_OVERHEAD_BPS + (50_000 + VIDEO_OVERHEAD_BPS) * TURN_ON_MARGIN - 1;
  assert.deepEqual(bitrates(enough, first, camera("b", undefined, false))[1], [0, 0, 0]);
  assert.ok(bitrates(enough + 2, first, camera("b", undefined, false))[1]![0]! >= 50_000);
});

Deno.test("on the thinnest path the most important small layer is sent all the same", () => {
  assert.deepEqual(bitrates(0, camera("a", undefined, false), camera("b")), [[50_000, 0, 0], [
    0,
    0,
    0,
  ]]);
});

Deno.test("a large layer is not sent on a path that does not carry it", () => {
  assert.deepEqual(bitrates(0, camera("a", [0, 0, 1_100_000])), [[0, 0, 0]]);
});

Deno.test("a viewer that can take less than a layer's least gets that", () => {
  assert.deepEqual(bitrates(1_000_000, camera("a", [30_000, 0, 0])), [[30_000, 0, 0]]);
});

Deno.test("no allocation exceeds what the path carries and the one layer that is always sent", () => {
  const demand = fc.option(fc.integer({ min: 0, max: 4_000_000 }), { nil: undefined });
  const cameras = fc.array(fc.tuple(demand, demand, demand, fc.boolean()), { maxLength: 4 });
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 8_000_000 }), cameras, (availableBps, demands) => {
      const streams = demands.map(([low, medium, high, on], index) =>
        camera(`camera ${index}`, [low, medium, high], on)
      );
      let usedBps = 0;
      for (const { bitrateBps } of [...allocateUplink(availableBps, streams).values()].flat()) {
        if (bitrateBps > 0) usedBps += bitrateBps + VIDEO_OVERHEAD_BPS;
      }
      const mostBps = Math.max(ALWAYS_SENT_BPS + VIDEO_OVERHEAD_BPS, availableBps);
      assert.ok(usedBps <= mostBps, `${usedBps} of ${availableBps}`);
    }),
    propertyRuns(300),
  );
});
