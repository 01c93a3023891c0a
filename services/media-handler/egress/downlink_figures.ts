import { create } from "@bufbuild/protobuf";
import {
  type DeliveredStream,
  DeliveredStreamSchema,
  type DownlinkReport,
  DownlinkReportSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { Bottleneck } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { PathEstimator } from "../../../proto/congestion/path_estimator.ts";
import { usefulRates } from "../congestion/bitrate_allocation.ts";
import type { LayerDescription } from "../routing/subscription.ts";

/** Part of what a stream can use that counts as all of it. */
const NEARLY = 0.97;

/** How one video stream fares on its way to a subscriber. */
export interface DeliveryFigures {
  readonly streamId: string;
  /** Flows now; undefined for none. */
  readonly spatialLayer: number | undefined;
  readonly maxTemporalLayer: number;
  /** Sent in the last second, bits per second. */
  readonly bitrateBps: number;
  /** What it may take, bits per second. */
  readonly budgetBps: number;
  readonly ladder: readonly LayerDescription[];
  /** By view and subscription. */
  readonly maxSpatialLayer: number;
  /** By view and subscription, bits per second; Infinity for no cap. */
  readonly capBps: number;
}

/** What keeps a stream from a better layer. */
export function bottleneckOf(figures: DeliveryFigures): Bottleneck {
  const { budgetBps, ladder, maxSpatialLayer, capBps, spatialLayer } = figures;
  if (budgetBps < usefulRates(figures).highestBps * NEARLY) return Bottleneck.DOWNLINK;
  const affordable = ladder.findLast((layer) =>
    layer.spatialLayer <= maxSpatialLayer && layer.minBitrateBps <= budgetBps
  );
  if (affordable !== undefined && (spatialLayer ?? -1) < affordable.spatialLayer) {
    return Bottleneck.UPLINK;
  }
  const best = ladder.at(-1)!;
  return maxSpatialLayer < best.spatialLayer || capBps < best.maxBitrateBps
    ? Bottleneck.REQUESTED
    : Bottleneck.NONE;
}

/** What a subscriber is told of the way to it (proto/README.md, `downlink_report`). */
export function downlinkReport(
  estimator: PathEstimator,
  deliveries: readonly DeliveryFigures[],
): DownlinkReport {
  return create(DownlinkReportSchema, {
    availableBitrate: estimator.state === "starting" ? 0 : Math.round(estimator.targetBitrateBps),
    packetLoss: estimator.lossRatio,
    rttMs: Math.round(estimator.roundTripMs ?? 0),
    queueingDelayMs: Math.round(estimator.queueingDelayMs),
    streams: deliveries.map(deliveredStream),
  });
}

function deliveredStream(figures: DeliveryFigures): DeliveredStream {
  return create(DeliveredStreamSchema, {
    streamId: figures.streamId,
    spatialLayer: figures.spatialLayer ?? 0,
    temporalLayer: figures.maxTemporalLayer,
    bitrate: Math.round(figures.bitrateBps),
    paused: figures.budgetBps === 0,
    bottleneck: bottleneckOf(figures),
  });
}
