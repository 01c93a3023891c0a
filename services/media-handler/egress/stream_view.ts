import type { LayerDescription, SubscriptionOptions } from "../routing/subscription.ts";

/** How a subscriber looks at one of its streams (`StreamView` of proto/README.md), checked for form. */
export interface StreamViewRequest {
  readonly streamId: string;
  /** Pixels that it is shown on; 0 by 0: not visible. */
  readonly width: number;
  readonly height: number;
  /** Bits per second that it may take; 0 for no cap. */
  readonly maxBitrateBps: number;
  /** Before all others of its kind. */
  readonly focused: boolean;
}

/** A view with its place among those that the subscriber named, 0 the most important. */
export interface RankedView extends StreamViewRequest {
  readonly rank: number;
}

/** What view and subscription allow of a stream. */
export interface ViewLimits {
  readonly visible: boolean;
  readonly maxSpatialLayer: number;
  /** Bits per second; Infinity for no cap. */
  readonly capBps: number;
  readonly focused: boolean;
  /** Smaller is more important. */
  readonly rank: number;
}

/** Part of its size at which a picture may be shown larger than it is, unnoticed. */
const ENLARGEABLE = 0.9;

/**
 * What may be sent of a stream that is looked at like `view` (undefined: at its full size, after all
 * that the viewer named) and was subscribed to with `options`.
 */
export function limitsOfView(
  view: RankedView | undefined,
  options: SubscriptionOptions | undefined,
  ladder: readonly LayerDescription[],
): ViewLimits {
  const preferred = ladder.find(({ layerId }) =>
    layerId !== "" && layerId === options?.preferredLayer
  );
  const preferredLayer = preferred?.spatialLayer ?? Infinity;
  const shownLayer = view === undefined ? Infinity : layerForHeight(view.height, ladder);
  const highest = ladder.at(-1)?.spatialLayer ?? 0;
  return {
    visible: view === undefined || (view.width > 0 && view.height > 0),
    maxSpatialLayer: Math.min(preferredLayer, shownLayer, highest),
    capBps: Math.min(capOf(view?.maxBitrateBps), capOf(options?.maxBitrateBps)),
    focused: view?.focused ?? false,
    rank: view?.rank ?? Infinity,
  };
}

/** The smallest layer that is not seen to be smaller than what is shown. */
function layerForHeight(height: number, ladder: readonly LayerDescription[]): number {
  const fitting = ladder.find((layer) =>
    layer.height === 0 || layer.height >= height * ENLARGEABLE
  );
  return fitting === undefined || fitting.height === 0 ? Infinity : fitting.spatialLayer;
}

function capOf(maxBitrateBps: number | undefined): number {
  return maxBitrateBps === undefined || maxBitrateBps === 0 ? Infinity : maxBitrateBps;
}
