import type { SimulcastLayer } from "../../../core/send/simulcast_layer.ts";
import { fitSize, pixelsOf, type Size, type SizeBounds } from "./picture_size.ts";

interface Rung extends SizeBounds {
  readonly layerId: string;
  readonly minBitrateBps: number;
  readonly maxBitrateBps: number;
}

type Rates = Pick<SimulcastLayer, "minBitrateBps" | "maxBitrateBps">;

const LOW: Rung = {
  layerId: "low",
  longSide: 320,
  shortSide: 180,
  minBitrateBps: 50_000,
  maxBitrateBps: 250_000,
};
const MEDIUM: Rung = {
  layerId: "medium",
  longSide: 640,
  shortSide: 360,
  minBitrateBps: 150_000,
  maxBitrateBps: 900_000,
};
const HIGH: Rung = {
  layerId: "high",
  longSide: 1280,
  shortSide: 720,
  minBitrateBps: 500_000,
  maxBitrateBps: 2_500_000,
};
const CAMERA_RUNGS = [LOW, MEDIUM, HIGH] as const;

/** The one layer of a shared screen: text that is scaled down cannot be read. */
const SCREEN: Rung = {
  layerId: "high",
  longSide: 1920,
  shortSide: 1080,
  minBitrateBps: 150_000,
  maxBitrateBps: 3_000_000,
};

/** A layer with more than this share of the next one's width is not worth encoding besides it. */
const LARGEST_STEP = 0.75;

/**
 * The layers of a camera that captures pictures of this size: 180p, 360p and 720p of its shape as far as
 * it has them, the highest at the captured size. Rates of sizes between follow the number of pixels.
 */
export function cameraLadder(source: Size): SimulcastLayer[] {
  const top = CAMERA_RUNGS.find((rung) => holds(rung, source)) ?? HIGH;
  const topSize = fitSize(source, top);
  return CAMERA_RUNGS
    .filter((rung) =>
      rung === top ||
      (rung.longSide < top.longSide && fitSize(source, rung).width <= topSize.width * LARGEST_STEP)
    )
    .map((rung, spatialLayer) => {
      const size = fitSize(source, rung);
      return { spatialLayer, layerId: rung.layerId, ...size, ...ratesOf(size) };
    });
}

/** The one layer of a shared screen or window of this size. */
export function screenLadder(source: Size): SimulcastLayer[] {
  const { layerId, minBitrateBps, maxBitrateBps } = SCREEN;
  return [
    { spatialLayer: 0, layerId, ...fitSize(source, SCREEN), minBitrateBps, maxBitrateBps },
  ];
}

/** Where to begin while nobody has said what the way carries: the geometric mean of the bounds, bit/s. */
export function startBitrateBps({ minBitrateBps, maxBitrateBps }: Rates): number {
  return Math.round(Math.sqrt(minBitrateBps * maxBitrateBps));
}

function holds(bounds: SizeBounds, { width, height }: Size): boolean {
  return Math.max(width, height) <= bounds.longSide && Math.min(width, height) <= bounds.shortSide;
}

function ratesOf(size: Size): Rates {
  const pixels = pixelsOf(size);
  const upper = CAMERA_RUNGS.find((rung) => pixels <= rungPixels(rung)) ?? HIGH;
  const lower = CAMERA_RUNGS[CAMERA_RUNGS.indexOf(upper) - 1] ?? upper;
  const span = Math.log(rungPixels(upper) / rungPixels(lower));
  const position = span === 0 ? 1 : Math.log(pixels / rungPixels(lower)) / span;
  const between = (from: number, to: number) =>
    Math.round(from * (to / from) ** Math.min(1, position) / 1_000) * 1_000;
  return {
    minBitrateBps: between(lower.minBitrateBps, upper.minBitrateBps),
    maxBitrateBps: between(lower.maxBitrateBps, upper.maxBitrateBps),
  };
}

function rungPixels({ longSide, shortSide }: SizeBounds): number {
  return longSide * shortSide;
}
