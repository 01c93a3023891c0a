import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { CAMERA_LADDER, SHARE_LADDER } from "../testing/ladders.ts";
import {
  allocateBitrate,
  type AllocatedTrack,
  ALWAYS_GIVEN_BPS,
  usefulRates,
} from "./bitrate_allocation.ts";

const face: AllocatedTrack = {
  kind: "face",
  focused: false,
  ladder: CAMERA_LADDER,
  maxSpatialLayer: 2,
  capBps: Infinity,
  expectedBps: Infinity,
};
const share: AllocatedTrack = { ...face, kind: "share", ladder: SHARE_LADDER, maxSpatialLayer: 0 };
const kbit = (budget: number, tracks: AllocatedTrack[]) =>
  allocateBitrate(budget * 1_000, tracks).map((bps) => bps / 1_000);

Deno.test("one face takes all that it can use and no more", () => {
  deepStrictEqual(kbit(1_200, [face]), [1_200]);
  deepStrictEqual(kbit(9_000, [face]), [2_500]);
});

Deno.test("faces rise layer by layer, the viewer's first ones first", () => {
  deepStrictEqual(kbit(150, [face, face, face]), [50, 50, 50]);
  deepStrictEqual(kbit(400, [face, face, face]), [250, 100, 50]);
  deepStrictEqual(kbit(2_000, [face, face, face]), [900, 850, 250]);
  deepStrictEqual(kbit(3_000, [face, face, face]), [1_200, 900, 900]);
});

Deno.test("who does not fit is paused, the last in the viewer's order first", () => {
  deepStrictEqual(kbit(120, [face, face, face]), [70, 50, 0]);
});

Deno.test("the most important track takes what there is, and always a little", () => {
  deepStrictEqual(kbit(100, [face, share]), [0, 100]);
  deepStrictEqual(kbit(40, [face, face]), [50, 0]);
  deepStrictEqual(kbit(0, [face, share]), [0, 50]);
});

Deno.test("a share comes before faces, a focused one before other shares", () => {
  deepStrictEqual(kbit(1_000, [face, share]), [50, 950]);
  const focused = { ...share, focused: true };
  deepStrictEqual(kbit(2_000, [share, focused, face]), [150, 1_800, 50]);
});

Deno.test("a focused face comes before other faces", () => {
  deepStrictEqual(kbit(1_000, [face, { ...face, focused: true }]), [50, 950]);
});

Deno.test("what a share that stands still leaves over goes to the faces", () => {
  const still = { ...share, expectedBps: 200_000 };
  deepStrictEqual(kbit(1_100, [face, still]), [900, 1_050]);
});

Deno.test("a small picture gets no more than its layer can use, and a cap holds", () => {
  deepStrictEqual(kbit(9_000, [{ ...face, maxSpatialLayer: 0 }]), [250]);
  deepStrictEqual(kbit(9_000, [{ ...face, maxSpatialLayer: 1 }, face]), [900, 2_500]);
  deepStrictEqual(kbit(9_000, [{ ...face, capBps: 400_000 }]), [400]);
  deepStrictEqual(kbit(9_000, [{ ...face, capBps: 20_000 }]), [20]);
});

const anyTrack = fc.record({
  kind: fc.constantFrom("share" as const, "face" as const),
  focused: fc.boolean(),
  maxSpatialLayer: fc.integer({ min: 0, max: 3 }),
  capBps: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 4_000_000 })),
}).map((fields): AllocatedTrack => ({
  ...fields,
  ladder: fields.kind === "share" ? SHARE_LADDER : CAMERA_LADDER,
  expectedBps: Infinity,
}));
const anyTracks = fc.array(anyTrack, { maxLength: 12 });
const anyBudget = fc.integer({ min: 0, max: 30_000_000 });
const sum = (rates: readonly number[]) => rates.reduce((total, rate) => total + rate, 0);

Deno.test("bits are never given twice, never beyond a cap, and never left over where one can use them", () => {
  fc.assert(
    fc.property(anyBudget, anyTracks, (budget, tracks) => {
      const grants = allocateBitrate(budget, tracks);
      ok(sum(grants) <= Math.max(budget, ALWAYS_GIVEN_BPS) + 1e-6);
      const allShown = grants.every((bps) => bps > 0);
      let canUse = 0;
      grants.forEach((bps, index) => {
        const { highestBps } = usefulRates(tracks[index]!);
        ok(bps <= highestBps);
        canUse += highestBps;
      });
      if (allShown) ok(sum(grants) >= Math.min(budget, canUse) - 1e-6);
    }),
    propertyRuns(300),
  );
});

Deno.test("with more bits no fewer tracks are shown, and none of those shown before all gets less", () => {
  fc.assert(
    fc.property(anyBudget, fc.nat(5_000_000), anyTracks, (budget, more, tracks) => {
      const before = allocateBitrate(budget, tracks);
      const after = allocateBitrate(budget + more, tracks);
      const shown = (grants: number[]) => grants.filter((bps) => bps > 0).length;
      ok(shown(after) >= shown(before));
      ok(sum(after) >= sum(before) - 1e-6);
      if (shown(before) < tracks.length) return;
      before.forEach((bps, index) => ok(after[index]! >= bps - 1e-6));
    }),
    propertyRuns(300),
  );
});

Deno.test("what is shown gets at least what is worth showing", () => {
  fc.assert(
    fc.property(anyBudget, anyTracks, (budget, tracks) => {
      allocateBitrate(budget, tracks).forEach((bps, index) => {
        const { lowestBps } = usefulRates(tracks[index]!);
        ok(bps === 0 || bps >= Math.min(lowestBps, ALWAYS_GIVEN_BPS));
      });
    }),
    propertyRuns(300),
  );
});
