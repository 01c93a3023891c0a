import type { LayerDescription, LayerWish } from "../routing/subscription.ts";

/** What the encoder of one spatial layer is to do. */
export interface LayerTarget {
  readonly spatialLayer: number;
  /** Most bits per second that any subscriber of it can take; 0: nobody watches it. */
  readonly maxBitrateBps: number;
  /** Highest temporal layer that anyone of them receives. */
  readonly maxTemporalLayer: number;
}

/**
 * How much of the best subscriber's budget another may be short of and still share its layer. So
 * nobody gets less than half of what it could have, and nobody else's path costs it more.
 */
const SHARED_BUDGET_SHARE = 0.5;
/** Below its share a subscriber that a lower layer serves already stays there, and vice versa. */
const SHARE_HYSTERESIS = 0.05;
/**
 * How far above its minimum a budget must lie before it turns a layer on: what an estimate of a path
 * swings by must not turn encoders on and off, since each time costs a key frame.
 */
const LAYER_START_MARGIN = 1.5;
/** Part of its minimum that keeps a layer on for a while ({@link AssignmentOptions.holds}). */
const HELD_PART = 0.3;

/** How layers are assigned. */
export interface AssignmentOptions {
  /**
   * Whether a layer that is on stays on although its minimum is not reached: a path that drains a
   * queue carries little for a moment, and leaving temporal layers out bridges that.
   */
  readonly holds: boolean;
}

/**
 * The rates that the layers of a publication should have, so that one subscriber gets exactly what
 * its path carries and many share few encodings.
 *
 * Each wish goes to the highest layer within it whose lowest useful rate it can pay, else to the
 * lowest. In a layer the rate is the smallest budget that is at least half of the best one; those
 * with less move one layer down. In the lowest layer they stay and leave temporal layers out.
 *
 * @param ladder the layers of the publication.
 * @param wishes what its subscribers can take; those that do not see it have none.
 * @param current what was told last: a layer that is on stays on a little longer, and one that is
 *   off stays off, so that budgets near a limit do not start encoders again and again.
 * @returns a target for each layer, in their order.
 */
export function assignLayers(
  ladder: readonly LayerDescription[],
  wishes: readonly LayerWish[],
  current: readonly LayerTarget[],
  { holds }: AssignmentOptions = { holds: false },
): LayerTarget[] {
  const layers = ladder.toSorted((a, b) => a.spatialLayer - b.spatialLayer);
  const isOn = layers.map(({ spatialLayer }) =>
    current.some((told) => told.spatialLayer === spatialLayer && told.maxBitrateBps > 0)
  );
  const neededBps = layers.map(({ minBitrateBps }, index) => {
    const part = !isOn[index] ? LAYER_START_MARGIN : holds ? HELD_PART : 1;
    return minBitrateBps * part;
  });
  const members = layers.map((): LayerWish[] => []);
  for (const wish of wishes) members[bestLayer(layers, neededBps, wish)]?.push(wish);
  for (let index = layers.length - 1; index > 0; index--) {
    const { stay, leave } = divide(members[index]!, layers[index]!, isOn[index - 1]!);
    members[index] = stay;
    members[index - 1]!.push(...leave);
  }
  return layers.map((layer, index) => targetOf(layer, members[index]!));
}

function bestLayer(
  layers: readonly LayerDescription[],
  neededBps: readonly number[],
  { budgetBps, maxSpatialLayer }: LayerWish,
): number {
  for (let index = layers.length - 1; index > 0; index--) {
    const { spatialLayer } = layers[index]!;
    if (spatialLayer <= maxSpatialLayer && neededBps[index]! <= budgetBps) return index;
  }
  return 0;
}

function divide(wishes: readonly LayerWish[], layer: LayerDescription, isLowerOn: boolean) {
  const share = SHARED_BUDGET_SHARE + (isLowerOn ? SHARE_HYSTERESIS : -SHARE_HYSTERESIS);
  const thresholdBps = bestOf(wishes, layer) * share;
  const stay: LayerWish[] = [];
  const leave: LayerWish[] = [];
  for (const wish of wishes) (wish.budgetBps >= thresholdBps ? stay : leave).push(wish);
  return { stay, leave };
}

function targetOf(layer: LayerDescription, wishes: readonly LayerWish[]): LayerTarget {
  const { spatialLayer, minBitrateBps, maxBitrateBps } = layer;
  if (wishes.length === 0) return { spatialLayer, maxBitrateBps: 0, maxTemporalLayer: 0 };
  const thresholdBps = bestOf(wishes, layer) * (SHARED_BUDGET_SHARE - SHARE_HYSTERESIS);
  let smallestBps = maxBitrateBps;
  let maxTemporalLayer = 0;
  for (const wish of wishes) {
    if (wish.budgetBps >= thresholdBps) smallestBps = Math.min(smallestBps, wish.budgetBps);
    maxTemporalLayer = Math.max(maxTemporalLayer, wish.maxTemporalLayer);
  }
  const targetBps = Math.max(smallestBps, minBitrateBps);
  return { spatialLayer, maxBitrateBps: Math.round(targetBps), maxTemporalLayer };
}

/** The largest useful budget in a layer, bits per second. */
function bestOf(wishes: readonly LayerWish[], { maxBitrateBps }: LayerDescription): number {
  let bestBps = 0;
  for (const { budgetBps } of wishes) bestBps = Math.max(bestBps, budgetBps);
  return Math.min(bestBps, maxBitrateBps);
}
