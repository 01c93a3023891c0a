import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { CAMERA_LADDER } from "../testing/ladders.ts";
import { limitsOfView, type RankedView } from "./stream_view.ts";

const view: RankedView = {
  streamId: "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f",
  width: 1_280,
  height: 720,
  maxBitrateBps: 0,
  focused: false,
  rank: 3,
};
const layerFor = (height: number) =>
  limitsOfView({ ...view, height }, undefined, CAMERA_LADDER).maxSpatialLayer;

Deno.test("the smallest layer that fills the picture is enough", () => {
  deepStrictEqual([90, 180, 200, 201, 360, 401, 720, 2_160].map(layerFor), [
    0,
    0,
    0,
    1,
    1,
    2,
    2,
    2,
  ]);
});

Deno.test("a stream without a view is sent as if at full size, after the others", () => {
  deepStrictEqual(limitsOfView(undefined, undefined, CAMERA_LADDER), {
    visible: true,
    maxSpatialLayer: 2,
    capBps: Infinity,
    focused: false,
    rank: Infinity,
  });
});

Deno.test("a stream that is shown nowhere is not visible", () => {
  strictEqual(
    limitsOfView({ ...view, width: 0, height: 0 }, undefined, CAMERA_LADDER).visible,
    false,
  );
});

Deno.test("the lowest of the caps of view and subscription holds", () => {
  const options = { preferredLayer: "", maxBitrateBps: 300_000 };
  strictEqual(limitsOfView(view, options, CAMERA_LADDER).capBps, 300_000);
  const capped = { ...view, maxBitrateBps: 200_000 };
  strictEqual(limitsOfView(capped, options, CAMERA_LADDER).capBps, 200_000);
});

Deno.test("a preferred layer is the best that is sent", () => {
  const options = { preferredLayer: "medium", maxBitrateBps: 0 };
  strictEqual(limitsOfView(view, options, CAMERA_LADDER).maxSpatialLayer, 1);
  const unknown = { preferredLayer: "huge", maxBitrateBps: 0 };
  strictEqual(limitsOfView(view, unknown, CAMERA_LADDER).maxSpatialLayer, 2);
});

Deno.test("a publisher that told no sizes is not held to any", () => {
  const sizeless = CAMERA_LADDER.map((layer) => ({ ...layer, height: 0 }));
  strictEqual(limitsOfView({ ...view, height: 90 }, undefined, sizeless).maxSpatialLayer, 2);
});
