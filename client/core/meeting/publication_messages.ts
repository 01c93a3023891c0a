import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ParticipantCapabilitiesSchema,
  PublishStreamSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import { wireStreamType } from "./roster.ts";

/** What this client can do. */
export const CAPABILITIES: MessageInitShape<typeof ParticipantCapabilitiesSchema> = {
  videoCodecs: ["vp09", "vp8"],
  audioCodecs: ["opus"],
  supportsSimulcast: true,
  maxVideoStreams: 100,
};

/** The request that publishes `stream` under `wireStreamId`. */
export function publishStreamMessage(
  { description, muted }: LocalStreamSender,
  wireStreamId: string,
): MessageInitShape<typeof PublishStreamSchema> {
  return {
    streamId: wireStreamId,
    streamType: wireStreamType(description.type),
    muted,
    metadata: {
      codec: description.codec,
      maxBitrate: description.maxBitrateBps ?? 0,
      label: description.label ?? "",
      ...(description.video && {
        video: {
          width: Math.round(description.video.width),
          height: Math.round(description.video.height),
          framerate: Math.round(description.video.framerate),
          simulcastLayers: (description.layers ?? []).map((layer) => ({
            layerId: layer.layerId,
            spatialLayer: layer.spatialLayer,
            width: Math.round(layer.width),
            height: Math.round(layer.height),
            minBitrate: Math.round(layer.minBitrateBps),
            maxBitrate: Math.round(layer.maxBitrateBps),
          })),
        },
      }),
    },
  };
}
