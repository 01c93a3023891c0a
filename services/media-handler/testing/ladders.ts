import type { LayerDescription } from "../routing/subscription.ts";

const layer = (
  spatialLayer: number,
  layerId: string,
  height: number,
  minKbps: number,
  maxKbps: number,
): LayerDescription => ({
  spatialLayer,
  layerId,
  width: height * 16 / 9,
  height,
  minBitrateBps: minKbps * 1_000,
  maxBitrateBps: maxKbps * 1_000,
});

/** The layers of a camera that captures 720p, as our client announces them. */
export const cameraLadder: readonly LayerDescription[] = [
  layer(0, "low", 180, 50, 250),
  layer(1, "medium", 360, 150, 900),
  layer(2, "high", 720, 500, 2_500),
];
