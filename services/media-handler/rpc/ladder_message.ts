import {
  type StreamMetadata,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_SPATIAL_LAYERS } from "../limits.ts";
import type { LayerDescription } from "../routing/subscription.ts";

/** Lowest useful rate of a layer whose publisher names none, bits per second. */
export const DEFAULT_MIN_LAYER_BITRATE_BPS = 50_000;
/** Highest useful rate of a layer whose publisher names none, bits per second. */
export const DEFAULT_MAX_LAYER_BITRATE_BPS: Record<StreamType, number> = {
  [StreamType.AUDIO]: 0,
  [StreamType.VIDEO_CAMERA]: 2_500_000,
  [StreamType.VIDEO_SCREEN]: 3_000_000,
  [StreamType.AUDIO_SCREEN]: 0,
};

/**
 * The layers that a publisher announced; one for a stream without simulcast, and undefined when the
 * metadata do not tell. What cannot be a layer is left out: the meeting controller checks layers, and
 * a fault in one stream must cost no other its route.
 */
export function readLadder(
  metadata: StreamMetadata | undefined,
  type: StreamType,
): LayerDescription[] | undefined {
  const video = metadata?.video;
  if (metadata === undefined || video === undefined) return undefined;
  const mostBps = metadata.maxBitrate || DEFAULT_MAX_LAYER_BITRATE_BPS[type];
  const describe = (
    layer: { width: number; height: number; minBitrate?: number; maxBitrate?: number },
    layerId: string,
    spatialLayer: number,
  ): LayerDescription => {
    const maxBitrateBps = layer.maxBitrate || mostBps;
    const minBitrateBps = Math.min(
      layer.minBitrate || DEFAULT_MIN_LAYER_BITRATE_BPS,
      maxBitrateBps,
    );
    const { width, height } = layer;
    return { spatialLayer, layerId, width, height, minBitrateBps, maxBitrateBps };
  };
  if (video.simulcastLayers.length === 0) {
    return [describe({ width: video.width, height: video.height }, "", 0)];
  }
  const seen = new Set<number>();
  return video.simulcastLayers.flatMap((layer) => {
    if (layer.spatialLayer >= MAX_SPATIAL_LAYERS || seen.has(layer.spatialLayer)) return [];
    seen.add(layer.spatialLayer);
    return [describe(layer, layer.layerId, layer.spatialLayer)];
  });
}
