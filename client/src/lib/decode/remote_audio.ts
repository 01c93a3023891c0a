import { concealGap, fadeIn } from "../playout/gap_concealment.ts";
import { JitterEstimator } from "../playout/jitter_estimator.ts";
import type { PlayoutWriter } from "../playout/playout_link.ts";
import { PLAYOUT_SAMPLE_RATE, RING_CHANNELS } from "../playout/sample_ring.ts";
import type { ReceivedFrame } from "./received_frame.ts";

const PACKET_MS = 20;
const PACKET_FRAMES = PLAYOUT_SAMPLE_RATE * PACKET_MS / 1_000;
/** Longer holes are silence between words or a mute, not loss. */
const MAXIMUM_CONCEALED_MS = 120;
/** The end of each packet that is kept to conceal what may be missing after it. */
const KEPT_FRAMES = 480;
const MAXIMUM_QUEUED_PACKETS = 50;

export interface RemoteAudioOptions {
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly writer: PlayoutWriter;
  readonly now?: () => number;
}

/** Decodes one remote audio stream into its playout ring and keeps that ring's delay right. */
export class RemoteAudio {
  readonly #options: RemoteAudioOptions;
  readonly #now: () => number;
  readonly #jitter = new JitterEstimator(PACKET_MS);
  #decoder: AudioDecoder | undefined;
  /** Missing packets before each packet inside the decoder, oldest first. */
  readonly #gaps: number[] = [];
  #last: Float32Array[] = [];
  #lastTimestampUs: number | undefined;
  #closed = false;

  constructor(options: RemoteAudioOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Takes the stream's next packet. */
  receive(frame: ReceivedFrame): void {
    if (this.#closed) return;
    this.#jitter.observe(this.#now(), frame.timestampUs / 1_000);
    this.#options.writer.setTarget(
      Math.round(this.#jitter.targetMs * PLAYOUT_SAMPLE_RATE / 1_000),
    );
    const missing = this.#missingPackets(frame.timestampUs);
    try {
      const decoder = this.#decoder ??= this.#createDecoder();
      if (decoder.decodeQueueSize > MAXIMUM_QUEUED_PACKETS) return;
      decoder.decode(
        new EncodedAudioChunk({ type: "key", timestamp: frame.timestampUs, data: frame.data }),
      );
      this.#gaps.push(missing);
    } catch {
      this.#discardDecoder();
    }
  }

  /** Ends the stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#discardDecoder();
    this.#options.writer.close();
  }

  #missingPackets(timestampUs: number): number {
    const before = this.#lastTimestampUs;
    this.#lastTimestampUs = timestampUs;
    if (before === undefined) return 0;
    const gapMs = (timestampUs - before) / 1_000 - PACKET_MS;
    return gapMs > 0 && gapMs <= MAXIMUM_CONCEALED_MS ? Math.round(gapMs / PACKET_MS) : 0;
  }

  #createDecoder(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (sound) => {
        if (this.#decoder === decoder) this.#play(sound);
        sound.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#discardDecoder();
      },
    });
    decoder.configure({
      codec: this.#options.codec,
      sampleRate: PLAYOUT_SAMPLE_RATE,
      numberOfChannels: RING_CHANNELS,
    });
    return decoder;
  }

  #play(sound: AudioData): void {
    const missing = this.#gaps.shift() ?? 0;
    const channels = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
      const samples = new Float32Array(sound.numberOfFrames);
      sound.copyTo(samples, { planeIndex, format: "f32-planar" });
      return samples;
    });
    // Once the speaker has run dry there is no hole to fill: it starts again by itself.
    if (missing > 0 && this.#options.writer.flowing) {
      this.#options.writer.write(concealGap(this.#last, missing * PACKET_FRAMES));
      fadeIn(channels);
    }
    this.#last = channels.map((samples) => samples.slice(-KEPT_FRAMES));
    this.#options.writer.write(channels);
  }

  #discardDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder && decoder.state !== "closed") decoder.close();
    this.#gaps.length = 0;
  }
}
