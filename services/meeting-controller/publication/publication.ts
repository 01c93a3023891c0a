import { create } from "@bufbuild/protobuf";
import {
  ErrorCode,
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
import { invalid, Refusal } from "../meeting/refusal.ts";
import { readPictureSize } from "./picture_size.ts";
import { readSimulcastLayers } from "./simulcast_layers.ts";

/** Most streams that one participant publishes at a time. */
export const MAX_STREAMS_PER_PARTICIPANT = 16;
const MAX_CODEC_LENGTH = 64;
const MAX_LABEL_LENGTH = 100;
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

/**
 * All streams that a participant publishes at a time.
 *
 * @throws {Refusal} INVALID_REQUEST, CAPACITY_EXCEEDED, or CONFLICT when one is named twice.
 */
export function readPublications(requests: readonly PublishStream[]): readonly MediaStream[] {
  if (requests.length > MAX_STREAMS_PER_PARTICIPANT) {
    throw new Refusal(
      ErrorCode.CAPACITY_EXCEEDED,
      `more than ${MAX_STREAMS_PER_PARTICIPANT} streams`,
    );
  }
  const streams = requests.map(readPublication);
  if (new Set(streams.map(({ streamId }) => streamId)).size < streams.length) {
    throw new Refusal(ErrorCode.CONFLICT, "the same stream_id twice");
  }
  return streams;
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
  if (video.framerate > MAX_FRAMERATE) throw invalid(`framerate is above ${MAX_FRAMERATE}`);
  return create(VideoMetadataSchema, {
    ...readPictureSize(video),
    framerate: video.framerate,
    simulcastLayers: readSimulcastLayers(video.simulcastLayers),
  });
}
