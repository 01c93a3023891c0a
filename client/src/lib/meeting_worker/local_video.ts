import type { LocalStreamDescription } from "../../../core/send/local_stream.ts";
import type { VideoInput } from "../capture/track_capture.ts";
import type { VideoCodec } from "../encode/video_codec.ts";
import {
  bitrateBps,
  encodedSize,
  maximumFramerate,
  type VideoPurpose,
} from "../encode/video_settings.ts";
import { VideoStreamEncoder } from "../encode/video_stream_encoder.ts";
import { type LocalStreamSink, sendOn } from "./local_stream_sink.ts";
import { TrackPump } from "./track_pump.ts";

export interface LocalVideoOptions {
  readonly purpose: VideoPurpose;
  readonly codec: VideoCodec;
  readonly sink: LocalStreamSink;
  onFailure(streamId: string, error: Error): void;
}

/** A camera or shared screen that this participant publishes: track, encoder, stream. */
export class LocalVideo {
  readonly streamId = crypto.randomUUID();
  readonly #options: LocalVideoOptions;
  readonly #encoder: VideoStreamEncoder;
  readonly #pump: TrackPump<VideoFrame>;
  #sending: boolean;

  constructor(options: LocalVideoOptions, sending: boolean) {
    this.#options = options;
    this.#sending = sending;
    const { sink } = options;
    this.#encoder = new VideoStreamEncoder({
      codec: options.codec,
      purpose: options.purpose,
      onPicture: (picture) => {
        if (this.#sending) sendOn(sink, this.streamId, picture);
      },
      wantsKeyFrame: () => sink.localStream(this.streamId)?.needsKeyFrame ?? false,
      onFailure: (error) => options.onFailure(this.streamId, error),
    });
    this.#pump = new TrackPump((frame) => {
      if (this.#sending) this.#encoder.encode(frame);
      else frame.close();
    });
  }

  /** The stream as the others are told of it. */
  describe(input: VideoInput): LocalStreamDescription {
    const { purpose, codec } = this.#options;
    const size = encodedSize(input, purpose);
    return {
      streamId: this.streamId,
      type: purpose,
      codec,
      maxBitrateBps: bitrateBps(size, purpose),
      video: { ...size, framerate: Math.min(input.framerate, maximumFramerate(purpose)) },
      muted: !this.#sending,
      label: input.label,
    };
  }

  /** Whether a track is there to be sent. */
  get hasTrack(): boolean {
    return this.#pump.running;
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

  /** Lets pictures out, beginning with a key frame, or holds them back. */
  setSending(sending: boolean): void {
    if (sending === this.#sending) return;
    this.#sending = sending;
    if (sending) this.#encoder.requestKeyFrame();
    else this.#encoder.pause();
  }

  /** Makes a key frame at once. */
  requestKeyFrame(): void {
    if (this.#sending) this.#encoder.requestKeyFrame();
  }

  /** Ends the stream's capture and encoder. */
  close(): void {
    this.#pump.stop();
    this.#encoder.close();
  }
}
