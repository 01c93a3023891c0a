import { Bottleneck } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { LayerDescription, LayerWish } from "../routing/subscription.ts";
import type { UplinkQuality } from "./uplink_meter.ts";

/** Part of what arrives late from which on the uplink is taken for full. */
export const LATE_UPLINK_RATIO = 0.3;
/** Part of lost audio datagrams from which on the uplink is taken for bad. */
export const LOSSY_UPLINK_RATIO = 0.05;

/** Whether what a publisher sends queues on its way here: then no more arrives than it carries. */
export function isUplinkFull({ lateRatio }: UplinkQuality): boolean {
  return lateRatio >= LATE_UPLINK_RATIO;
}

/**
 * What keeps a stream from being better, as its publisher should know it: its own uplink first, then
 * what its subscribers ask for, then what their paths carry.
 *
 * @param ladder the layers that it can send; empty for sound and while they are not known.
 * @param wishes what its subscribers can take.
 */
export function bottleneckOf(
  uplink: UplinkQuality,
  ladder: readonly LayerDescription[],
  wishes: readonly LayerWish[],
): Bottleneck {
  if (isUplinkFull(uplink) || uplink.lossRatio >= LOSSY_UPLINK_RATIO) return Bottleneck.UPLINK;
  const best = ladder.at(-1);
  if (best === undefined) return Bottleneck.NONE;
  const wanting = wishes.filter(({ maxSpatialLayer }) => maxSpatialLayer >= best.spatialLayer);
  if (wanting.length === 0) return Bottleneck.REQUESTED;
  return wanting.some(({ budgetBps }) => budgetBps >= best.maxBitrateBps)
    ? Bottleneck.NONE
    : Bottleneck.DOWNLINK;
}
