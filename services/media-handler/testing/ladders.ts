import type { LayerDescription } from "../routing/subscription.ts";

/** The layers of a camera. */
export const CAMERA_LADDER: readonly LayerDescription[] = [
  layer(0, "low", 320, 180, 50_000, 250_000),
  layer(1, "medium", 640, 360, 150_000, 900_000),
  layer(2, "high", 1_280, 720, 500_000, 2_500_000),
];

/** The layer of a shared screen. */
export const SHARE_LADDER: readonly LayerDescription[] = [
  layer(0, "high", 1_920, 1_080, 150_000, 3_000_000),
];

function layer(
  spatialLayer: number,
  layerId: string,
  width: number,
  height: number,
  minBitrateBps: number,
  maxBitrateBps: number,
): LayerDescription {
  return { spatialLayer, layerId, width, height, minBitrateBps, maxBitrateBps };
}
