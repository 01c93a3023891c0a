import { MAX_LAYER } from "../../../proto/media_frame/frame_header.ts";
import type { EncodingTarget } from "./encoding_target.ts";

/** Part of the estimate that is used: what is left keeps queues empty and lets the estimate rise. */
export const USED_PART = 0.9;
/** A layer that is off is turned on only if there is this much more than it needs at least. */
export const TURN_ON_MARGIN = 1.1;
/** The most important layer is sent on any path if it is of use with so little, bits per second. */
export const ALWAYS_SENT_BPS = 50_000;
/** Cost of header, SFrame header and tag at 30 frames a second, bits per second. */
export const VIDEO_OVERHEAD_BPS = 18_000;

/** One spatial layer that shares the uplink. */
export interface SharingLayer {
  readonly spatialLayer: number;
  readonly minBitrateBps: number;
  readonly maxBitrateBps: number;
  /** Bits per second that someone can take, 0 for nobody; undefined while that is not known. */
  readonly demandBps: number | undefined;
  readonly maxTemporalLayer?: number | undefined;
  /** Whether it is being encoded now. */
  readonly on: boolean;
}

/** One video stream that shares the uplink. */
export interface SharingStream {
  readonly streamId: string;
  readonly screen: boolean;
  readonly layers: readonly SharingLayer[];
}

/** Bits per second that a layer is wanted at, capped to where it looks no better. */
export function wantedBitrateBps({ demandBps, maxBitrateBps }: SharingLayer): number {
  return Math.min(demandBps ?? maxBitrateBps, maxBitrateBps);
}

/**
 * Shares what the uplink carries among the layers of all video streams: shares before cameras, lower
 * layers before higher ones. First every wanted layer gets the least that it is of use with, as far
 * as that goes; then what is left raises them in the same order. The most important layer gets its
 * least even beyond that if it is small: without any picture the estimate of a thin path has nothing
 * to grow by, and what the path really does not take is left out frame by frame (`LayerGate`). Pure.
 *
 * @param availableBps what the path carries, sound already taken off.
 */
export function allocateUplink(
  availableBps: number,
  streams: readonly SharingStream[],
): Map<string, EncodingTarget[]> {
  const order = inOrder(streams);
  const bitrates = new Map<SharingLayer, number>();
  let leftBps = availableBps;
  for (const layer of order) {
    const wantedBps = wantedBitrateBps(layer);
    // What a viewer can take may be less than what the layer is of use with.
    const leastBps = Math.min(wantedBps, layer.minBitrateBps);
    const costBps = leastBps + VIDEO_OVERHEAD_BPS;
    if (wantedBps === 0) continue;
    const isAffordable = leftBps >= costBps * (layer.on ? 1 : TURN_ON_MARGIN);
    const isAlwaysSent = bitrates.size === 0 && leastBps <= ALWAYS_SENT_BPS;
    if (!isAffordable && !isAlwaysSent) continue;
    bitrates.set(layer, leastBps);
    leftBps = Math.max(0, leftBps - costBps);
  }
  for (const [layer, leastBps] of bitrates) {
    const raiseBps = Math.min(leftBps, wantedBitrateBps(layer) - leastBps);
    bitrates.set(layer, leastBps + raiseBps);
    leftBps -= raiseBps;
  }
  return new Map(streams.map(({ streamId, layers }) => [
    streamId,
    layers.map((layer) => ({
      spatialLayer: layer.spatialLayer,
      bitrateBps: Math.floor(bitrates.get(layer) ?? 0),
      maxTemporalLayer: layer.maxTemporalLayer ?? MAX_LAYER,
    })),
  ]));
}

/** All layers, the most important first. */
function inOrder(streams: readonly SharingStream[]): SharingLayer[] {
  const ranked = streams.flatMap(({ screen, layers }) =>
    layers.map((layer) => ({ layer, rank: (screen ? 0 : MAX_LAYER + 1) + layer.spatialLayer }))
  );
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ layer }) => layer);
}
