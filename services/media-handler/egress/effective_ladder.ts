import type { EncodedLayer } from "../congestion/layer_selection.ts";
import { LAYER_STALL_MS } from "../limits.ts";
import type { LayerDescription, LayerFeed, PublicationFeed } from "../routing/subscription.ts";

/** Rates of a layer that its publisher did not describe, bits per second. */
const UNDESCRIBED_MIN_BPS = 50_000;
const UNDESCRIBED_MAX_BPS = 2_500_000;
/** What such a layer may take against what it takes: its publisher is not told what it may. */
const UNDESCRIBED_HEADROOM = 1.25;
/** Every temporal layer. */
const ALL_TEMPORAL_LAYERS = 15;

/** The layers of a stream: as described, else those that are sent, else one that is presumed. */
export function effectiveLadder(feed: PublicationFeed, nowMs: number): readonly LayerDescription[] {
  if (feed.ladder.length > 0) return feed.ladder;
  if (feed.layers.length === 0) return [undescribed(0, 0)];
  return feed.layers.map((layer) =>
    undescribed(layer.spatialLayer, layer.bitrateBps(ALL_TEMPORAL_LAYERS, nowMs))
  );
}

/** The layers that are sent now, for a selection among them. */
export function encodedLayers(feed: PublicationFeed, nowMs: number): EncodedLayer[] {
  let newestMs = -Infinity;
  for (const { lastFrameAtMs } of feed.layers) newestMs = Math.max(newestMs, lastFrameAtMs);
  const isSent = (layer: LayerFeed) => newestMs - layer.lastFrameAtMs < LAYER_STALL_MS;
  return feed.layers.filter(isSent).map((layer) => ({
    spatialLayer: layer.spatialLayer,
    minBitrateBps: feed.ladder.find(({ spatialLayer }) => spatialLayer === layer.spatialLayer)
      ?.minBitrateBps ?? UNDESCRIBED_MIN_BPS,
    bitrateBps: (temporalLayer) => layer.bitrateBps(temporalLayer, nowMs),
  }));
}

function undescribed(spatialLayer: number, measuredBps: number): LayerDescription {
  const maxBitrateBps = measuredBps === 0
    ? UNDESCRIBED_MAX_BPS
    : Math.max(measuredBps * UNDESCRIBED_HEADROOM, 2 * UNDESCRIBED_MIN_BPS);
  return {
    spatialLayer,
    layerId: "",
    width: 0,
    height: 0,
    minBitrateBps: UNDESCRIBED_MIN_BPS,
    maxBitrateBps,
  };
}
