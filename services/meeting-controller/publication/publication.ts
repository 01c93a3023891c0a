import { create } from "@bufbuild/protobuf";
import {
  type MediaStream,
  MediaStreamSchema,
  type PublishStream,
  type StreamMetadata,
  StreamMetadataSchema,
  StreamType,
  type VideoMetadata,
  VideoMetadataSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readTextField, readUuidField } from "../meeting/identifiers.ts";
import { invalid } from "../meeting/refusal.ts";

/** Most streams that one participant publishes at a time. */
export const MAX_STREAMS_PER_PARTICIPANT = 16;
/** Longest `layer_id`, characters. */
export const MAX_LAYER_ID_LENGTH = 32;
const MAX_CODEC_LENGTH = 64;
const MAX_LABEL_LENGTH = 100;
const MAX_SIMULCAST_LAYERS = 4;
const MAX_DIMENSION = 16_384;
const MAX_FRAMERATE = 240;

const STREAM_TYPES: ReadonlySet<StreamType> = new Set([
  StreamType.AUDIO,
  StreamType.VIDEO_CAMERA,
  StreamType.VIDEO_SCREEN,
  StreamType.AUDIO_SCREEN,
]);

/**
 * The stream that a participant wants to publish, as a copy that holds only what we know.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readPublication(request: PublishStream): MediaStream {
  readUuidField("stream_id", request.streamId);
  if (!STREAM_TYPES.has(request.streamType)) throw invalid("stream_type is unknown");
  return create(MediaStreamSchema, {
    streamId: request.streamId,
    streamType: request.streamType,
    muted: request.muted,
    metadata: request.metadata === undefined ? undefined : readMetadata(request.metadata),
  });
}

function readMetadata(metadata: StreamMetadata): StreamMetadata {
  return create(StreamMetadataSchema, {
    codec: readTextField("codec", metadata.codec, MAX_CODEC_LENGTH),
    label: readTextField("label", metadata.label, MAX_LABEL_LENGTH),
    maxBitrate: metadata.maxBitrate,
    video: metadata.video === undefined ? undefined : readVideo(metadata.video),
  });
}

function readVideo(video: VideoMetadata): VideoMetadata {
  if (video.simulcastLayers.length > MAX_SIMULCAST_LAYERS) {
    throw invalid(`more than ${MAX_SIMULCAST_LAYERS} simulcast layers`);
  }
  if (video.framerate > MAX_FRAMERATE) throw invalid(`framerate is above ${MAX_FRAMERATE}`);
  return create(VideoMetadataSchema, {
    ...readSize(video),
    framerate: video.framerate,
    simulcastLayers: video.simulcastLayers.map((layer) => ({
      layerId: readTextField("layer_id", layer.layerId, MAX_LAYER_ID_LENGTH),
      ...readSize(layer),
      maxBitrate: layer.maxBitrate,
    })),
  });
}

function readSize({ width, height }: { width: number; height: number }) {
  if (width > MAX_DIMENSION || height > MAX_DIMENSION) {
    throw invalid(`a picture is wider or higher than ${MAX_DIMENSION}`);
  }
  return { width, height };
}
