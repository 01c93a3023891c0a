import type { SimulcastLayer } from "../../../core/send/simulcast_layer.ts";
import type { Relief } from "./overload.ts";
import { fitSize, pixelsOf, sameSize, scaleSize, type Size } from "./picture_size.ts";

/**
 * What a video stream shows. "camera": faces; "text": a screen to be read, whose frame rate falls before its
 * sharpness; "motion": a screen that moves, whose pictures shrink before its frame rate falls.
 */
export type VideoContent = "camera" | "text" | "motion";

/** What a shared screen is used for. */
export type ShareMode = Exclude<VideoContent, "camera">;

/** How the encoder of one layer is set. */
export interface LayerPlan extends Size {
  readonly bitrateBps: number;
  readonly framerate: number;
  readonly scalabilityMode: "L1T1" | "L1T3";
  readonly contentHint: "motion" | "detail";
}

/** What a layer's plan follows from. */
export interface LayerConditions {
  readonly content: VideoContent;
  readonly layer: SimulcastLayer;
  /** The captured picture. */
  readonly source: Size;
  /** Pictures a second that are captured. */
  readonly framerate: number;
  readonly bitrateBps: number;
  /** What the machine must be relieved of. */
  readonly relief: Relief;
  /** The plan so far: a size near the edge of two stays, since another one costs a key frame. */
  readonly before?: LayerPlan;
}

/** Most pictures a second that are encoded of each content. */
export const MAXIMUM_FRAMERATE: Readonly<Record<VideoContent, number>> = {
  camera: 30,
  text: 15,
  motion: 30,
};
/** A text share is never slower: one would not see where the other points. */
const MINIMUM_TEXT_FRAMERATE = 5;
/** Rate at which a 1080p text share has its full frame rate, bits per second. */
const COMFORTABLE_TEXT_BITRATE_BPS = 900_000;
const FULL_HD_PIXELS = 1_920 * 1_080;
/** Sizes of a share in motion, as shares of the full one. */
const MOTION_SCALES = [1, 0.75, 0.5, 1 / 3] as const;
/** Bits for each pixel of a moving picture that keep it presentable. */
const MOTION_BITS_PER_PIXEL = 0.035;
/** How much more than needed a rate must be before a moving share grows. */
const GROWTH_MARGIN = 1.25;
/** Below this share of its least sensible rate a layer's frame rate is halved, as a last resort. */
const STARVED_SHARE = 0.6;
/** Relief never makes a picture smaller than this short side, pixels. */
const MINIMUM_RELIEVED_SIDE = 180;

/** How to set a layer's encoder under these conditions. */
export function planLayer(conditions: LayerConditions): LayerPlan {
  const { content, bitrateBps, relief } = conditions;
  const full = relieved(fullSize(conditions), relief);
  const scale = content === "motion" ? motionScale(conditions, full) : 1;
  const size = scale === 1 ? full : scaleSize(full, scale);
  return {
    ...size,
    bitrateBps: Math.round(bitrateBps),
    framerate: plannedFramerate(conditions, size),
    // A still text turns sharp four times as fast without temporal layers, and is slow enough as it is.
    scalabilityMode: content === "text" ? "L1T1" : "L1T3",
    contentHint: content === "text" ? "detail" : "motion",
  };
}

/** Whether two plans are the same. */
export function samePlan(one: LayerPlan, other: LayerPlan): boolean {
  return sameSize(one, other) && one.bitrateBps === other.bitrateBps &&
    one.framerate === other.framerate && one.scalabilityMode === other.scalabilityMode &&
    one.contentHint === other.contentHint;
}

/** The layer's own size in the shape that is captured now: cameras are turned, windows resized. */
function fullSize({ layer, source }: LayerConditions): Size {
  return fitSize(source, {
    longSide: Math.max(layer.width, layer.height),
    shortSide: Math.min(layer.width, layer.height),
  });
}

function relieved(size: Size, { scale }: Relief): Size {
  const shortSide = Math.min(size.width, size.height);
  const allowed = Math.min(1, Math.max(scale, MINIMUM_RELIEVED_SIDE / shortSide));
  return allowed === 1 ? size : scaleSize(size, allowed);
}

function motionScale({ bitrateBps, before }: LayerConditions, full: Size): number {
  const needed = (scale: number) =>
    pixelsOf(scaleSize(full, scale)) * MAXIMUM_FRAMERATE.motion * MOTION_BITS_PER_PIXEL;
  const smallest = MOTION_SCALES[MOTION_SCALES.length - 1] ?? 1;
  return MOTION_SCALES.find((scale) => {
    const grows = before !== undefined && before.contentHint === "motion" &&
      scaleSize(full, scale).width > before.width;
    return bitrateBps >= needed(scale) * (grows ? GROWTH_MARGIN : 1);
  }) ?? smallest;
}

function plannedFramerate(conditions: LayerConditions, size: Size): number {
  const { content, framerate, bitrateBps, layer, relief } = conditions;
  const highest = Math.min(MAXIMUM_FRAMERATE[content], framerate);
  if (content === "text") {
    const comfortable = COMFORTABLE_TEXT_BITRATE_BPS * pixelsOf(size) / FULL_HD_PIXELS;
    const affordable = Math.floor(MAXIMUM_FRAMERATE.text * bitrateBps / comfortable);
    return Math.max(Math.min(highest, affordable), Math.min(highest, MINIMUM_TEXT_FRAMERATE));
  }
  const starved = bitrateBps < layer.minBitrateBps * STARVED_SHARE;
  return Math.max(1, Math.round(highest * relief.framerateShare * (starved ? 0.5 : 1)));
}
