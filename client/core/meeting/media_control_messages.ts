import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  DownlinkReport as WireDownlinkReport,
  LayerDemand,
  ViewRequestSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  Bottleneck,
  type StreamQualityUpdate,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { EncodingTarget } from "../send/encoding_target.ts";
import type { DownlinkReport, StreamBottleneck, StreamQuality } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";

const MAX_UINT32 = 0xffff_ffff;

const BOTTLENECKS: Readonly<Record<Bottleneck, StreamBottleneck>> = {
  [Bottleneck.NONE]: "none",
  [Bottleneck.UPLINK]: "uplink",
  [Bottleneck.DOWNLINK]: "downlink",
  [Bottleneck.PUBLISHER_CPU]: "publisher-cpu",
  [Bottleneck.SUBSCRIBER_CPU]: "subscriber-cpu",
  [Bottleneck.SERVER]: "server",
  [Bottleneck.REQUESTED]: "requested",
};

/** The request that tells the media handler how streams are looked at. */
export function viewRequestMessage(
  views: readonly StreamView[],
): MessageInitShape<typeof ViewRequestSchema> {
  return {
    views: views.map(({ streamId, width, height, maxBitrateBps = 0, focused = false }) => ({
      streamId,
      width: uint32(width),
      height: uint32(height),
      maxBitrate: uint32(maxBitrateBps),
      focused,
    })),
  };
}

/** What of an own stream the media handler wants, layer by layer. */
export function layerDemandOf({ layers }: LayerDemand): EncodingTarget[] {
  return layers.map(({ spatialLayer, maxBitrate, maxTemporalLayer }) => ({
    spatialLayer,
    bitrateBps: maxBitrate,
    maxTemporalLayer,
  }));
}

/** The report as the application gets it. */
export function downlinkReportOf(report: WireDownlinkReport): DownlinkReport {
  return {
    availableBitrateBps: report.availableBitrate,
    packetLoss: report.packetLoss,
    rttMs: report.rttMs,
    queueingDelayMs: report.queueingDelayMs,
    streams: report.streams.map((stream) => ({
      streamId: stream.streamId,
      spatialLayer: stream.spatialLayer,
      temporalLayer: stream.temporalLayer,
      bitrateBps: stream.bitrate,
      paused: stream.paused,
      bottleneck: bottleneckOf(stream.bottleneck),
    })),
  };
}

/** The quality of the own stream that the application knows as `streamId`. */
export function streamQualityOf(streamId: string, update: StreamQualityUpdate): StreamQuality {
  return {
    streamId,
    availableBitrateBps: update.availableBitrate,
    packetLoss: update.packetLoss,
    rttMs: update.rttMs,
    jitterMs: update.jitterMs,
    bitrateBps: update.bitrate,
    bottleneck: bottleneckOf(update.bottleneck),
  };
}

/** A later version may name others. */
function bottleneckOf(bottleneck: Bottleneck): StreamBottleneck {
  return BOTTLENECKS[bottleneck] ?? "none";
}

function uint32(value: number): number {
  return Math.min(MAX_UINT32, Math.max(0, Math.round(value) || 0));
}
