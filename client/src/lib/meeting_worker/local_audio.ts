import type { LocalStreamDescription } from "../../../core/send/local_stream.ts";
import type { AudioInput } from "../capture/track_capture.ts";
import {
  AUDIO_CODEC,
  audioBitrateBps,
  type AudioContent,
  AudioStreamEncoder,
} from "../encode/audio_stream_encoder.ts";
import { type LocalStreamSink, sendOn } from "./local_stream_sink.ts";
import { TrackPump } from "./track_pump.ts";

export interface LocalAudioOptions {
  readonly type: "audio" | "screen-audio";
  readonly channelCount: 1 | 2;
  readonly sink: LocalStreamSink;
  /** How loud each packet is, -dBov. */
  onLevel(level: number): void;
  onFailure(streamId: string, error: Error): void;
}

/** A microphone or a screen's sound that this participant publishes: track, encoder, stream. */
export class LocalAudio {
  readonly streamId = crypto.randomUUID();
  readonly #options: LocalAudioOptions;
  readonly #encoder: AudioStreamEncoder;
  readonly #pump: TrackPump<AudioData>;
  #sending: boolean;

  constructor(options: LocalAudioOptions, sending: boolean) {
    this.#options = options;
    this.#sending = sending;
    this.#encoder = new AudioStreamEncoder({
      content: contentOf(options.type),
      channelCount: options.channelCount,
      onSound: ({ data, timestampUs, level }) => {
        if (!this.#sending) return;
        options.onLevel(level);
        sendOn(options.sink, this.streamId, {
          data,
          timestampUs,
          keyFrame: true,
          audioLevel: level,
        });
      },
      onFailure: (error) => options.onFailure(this.streamId, error),
    });
    this.#pump = new TrackPump((sound) => {
      if (this.#sending) this.#encoder.encode(sound);
      else sound.close();
    });
  }

  /** The stream as the others are told of it. */
  describe(input: AudioInput): LocalStreamDescription {
    return {
      streamId: this.streamId,
      type: this.#options.type,
      codec: AUDIO_CODEC,
      maxBitrateBps: audioBitrateBps(contentOf(this.#options.type), this.#options.channelCount),
      muted: !this.#sending,
      label: input.label,
    };
  }

  /** Whether a track is there to be sent. */
  get hasTrack(): boolean {
    return this.#pump.running;
  }

  /** Sends this track from now on; without one, nothing. */
  setInput(input: AudioInput | undefined): void {
    if (!input) return this.#pump.stop();
    this.#encoder.startTrack();
    this.#pump.start(input.sound);
  }

  /** Lets sound out or holds it back. */
  setSending(sending: boolean): void {
    this.#sending = sending;
  }

  /** Ends the stream's capture and encoder. */
  close(): void {
    this.#pump.stop();
    this.#encoder.close();
  }
}

function contentOf(type: LocalAudioOptions["type"]): AudioContent {
  return type === "screen-audio" ? "music" : "voice";
}
