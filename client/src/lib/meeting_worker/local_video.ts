import type { EncodingTarget } from "../../../core/send/encoding_target.ts";
import type { LocalStreamDescription } from "../../../core/send/local_stream.ts";
import type { SimulcastLayer } from "../../../core/send/simulcast_layer.ts";
import type { VideoInput } from "../capture/track_capture.ts";
import { MAXIMUM_FRAMERATE, type VideoContent } from "../encode/layer_plan.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import { cameraLadder, screenLadder } from "../encode/simulcast_ladder.ts";
import type { VideoCodec } from "../encode/video_codec.ts";
import { VideoStreamEncoder } from "../encode/video_stream_encoder.ts";
import { type LocalStreamSink, sendOn } from "./local_stream_sink.ts";
import { TrackPump } from "./track_pump.ts";

export interface LocalVideoOptions {
  readonly content: VideoContent;
  readonly codec: VideoCodec;
  /** What it begins with; the layers that are announced follow from its size. */
  readonly input: VideoInput;
  readonly sink: LocalStreamSink;
  onQuality(streamId: string, quality: LocalVideoQuality): void;
  onFailure(streamId: string, error: Error): void;
}

/** A camera or shared screen that this participant publishes: track, encoders, stream. */
export class LocalVideo {
  readonly streamId = crypto.randomUUID();
  readonly #options: LocalVideoOptions;
  readonly #layers: readonly SimulcastLayer[];
  readonly #encoder: VideoStreamEncoder;
  readonly #pump: TrackPump<VideoFrame>;
  #sending: boolean;

  constructor(options: LocalVideoOptions, sending: boolean) {
    this.#options = options;
    this.#sending = sending;
    const { sink, input, content } = options;
    this.#layers = content === "camera" ? cameraLadder(input) : screenLadder(input);
    this.#encoder = new VideoStreamEncoder({
      codec: options.codec,
      content,
      layers: this.#layers,
      onPicture: (picture) => {
        if (this.#sending) sendOn(sink, this.streamId, picture);
      },
      needsKeyFrame: (spatialLayer) =>
        sink.localStream(this.streamId)?.layerNeedsKeyFrame(spatialLayer) ?? false,
      onQuality: (quality) => options.onQuality(this.streamId, quality),
      onFailure: (error) => options.onFailure(this.streamId, error),
    });
    this.#pump = new TrackPump((frame) => {
      if (this.#sending) this.#encoder.encode(frame);
      else frame.close();
    });
  }

  /** The stream as the others are told of it. */
  describe(): LocalStreamDescription {
    const { content, codec, input } = this.#options;
    const largest = this.#layers[this.#layers.length - 1];
    return {
      streamId: this.streamId,
      type: content === "camera" ? "camera" : "screen",
      codec,
      maxBitrateBps: this.#layers.reduce((sum, { maxBitrateBps }) => sum + maxBitrateBps, 0),
      video: {
        width: largest?.width ?? input.width,
        height: largest?.height ?? input.height,
        framerate: Math.min(input.framerate, MAXIMUM_FRAMERATE[content]),
      },
      layers: this.#layers,
      muted: !this.#sending,
      label: input.label,
    };
  }

  /** Whether a track is there to be sent. */
  get hasTrack(): boolean {
    return this.#pump.running;
  }

  /** Takes over a track that is to be sent once {@link setInput} is called with it. */
  hold(input: VideoInput): void {
    this.#pump.hold(input.frames);
  }

  /** Sends this track from now on; without one, nothing. */
  setInput(input: VideoInput | undefined): void {
    if (!input) {
      this.#pump.stop();
      this.#encoder.pause();
      return;
    }
    this.#encoder.startTrack();
    this.#pump.start(input.frames);
  }

  /** What each layer is to be encoded at. */
  setTargets(targets: readonly EncodingTarget[]): void {
    this.#encoder.setTargets(targets);
  }

  /** Encodes only this share of the pictures. */
  setFramerateShare(share: number): void {
    this.#encoder.setFramerateShare(share);
  }

  /** Encodes the screen for another use. */
  setContent(content: VideoContent): void {
    this.#encoder.setContent(content);
  }

  /** Lets pictures out, beginning with a key frame, or holds them back. */
  setSending(sending: boolean): void {
    if (sending === this.#sending) return;
    this.#sending = sending;
    if (sending) this.#encoder.requestKeyFrame();
    else this.#encoder.pause();
  }

  /** Makes a key frame of a layer, or of all, at once. */
  requestKeyFrame(spatialLayer?: number): void {
    if (this.#sending) this.#encoder.requestKeyFrame(spatialLayer);
  }

  /** Ends the stream's capture and encoders. */
  close(): void {
    this.#pump.stop();
    this.#encoder.close();
  }
}
