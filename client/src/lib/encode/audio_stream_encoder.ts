import { CaptureClock } from "../capture/capture_clock.ts";
import { type AudioBlock, AudioFramer, PACKET_FRAMES, SENT_SAMPLE_RATE } from "./audio_framer.ts";
import { audioLevel, SILENT_LEVEL } from "./audio_level.ts";

/** The codec of all sound, as WebCodecs names it. */
export const AUDIO_CODEC = "opus";

/** What is heard: somebody who speaks, or whatever a shared screen plays. */
export type AudioContent = "voice" | "music";

/** Rates that keep voices clear and music unspoilt, for one and two channels, in bits per second. */
const BITRATES_BPS: Readonly<Record<AudioContent, readonly [mono: number, stereo: number]>> = {
  voice: [32_000, 48_000],
  music: [64_000, 128_000],
};
/** Packets that may wait inside the encoder before sound is left out. */
const MAXIMUM_QUEUED_PACKETS = 10;
const MAXIMUM_FAILURES = 3;
const PACKET_US = PACKET_FRAMES * 1_000_000 / SENT_SAMPLE_RATE;

/** One encoded packet of 20 ms. */
export interface EncodedSound {
  readonly data: Uint8Array<ArrayBuffer>;
  /** When its first sample was captured. */
  readonly timestampUs: number;
  /** -dBov, RFC 6464. */
  readonly level: number;
}

export interface AudioStreamEncoderOptions {
  readonly content: AudioContent;
  readonly channelCount: 1 | 2;
  /** Takes what was encoded, in order. */
  onSound(sound: EncodedSound): void;
  /** The encoder failed for good. */
  onFailure(error: Error): void;
  readonly now?: () => number;
}

/** Target rate for this content and this many channels, in bits per second. */
export function audioBitrateBps(content: AudioContent, channelCount: 1 | 2): number {
  return BITRATES_BPS[content][channelCount - 1] ?? BITRATES_BPS.voice[0];
}

/**
 * The configuration with which sound is encoded: Opus, 48 kHz, packets of 20 ms.
 *
 * Without in-band FEC (RFC 6716, section 2.1.7), since a WebCodecs decoder cannot be asked to use it: lost
 * packets are repeated in later datagrams instead. Without discontinuous transmission, since Chromium (156)
 * counts the time of its packets by what it hands out, so that every pause would shift what follows; it
 * would save 13 of 32 kbit/s while nobody speaks.
 */
export function audioEncoderConfig(
  content: AudioContent,
  channelCount: 1 | 2,
): AudioEncoderConfig {
  return {
    codec: AUDIO_CODEC,
    sampleRate: SENT_SAMPLE_RATE,
    numberOfChannels: channelCount,
    bitrate: audioBitrateBps(content, channelCount),
    opus: { frameDuration: PACKET_US },
  };
}

/** Encodes one stream of captured sound in packets of 20 ms, each with its level. */
export class AudioStreamEncoder {
  readonly #options: AudioStreamEncoderOptions;
  readonly #clock: CaptureClock;
  #framer: AudioFramer;
  #encoder: AudioEncoder | undefined;
  /** Levels and times of the packets inside the encoder, oldest first. */
  readonly #pending: { readonly level: number; readonly timestampUs: number }[] = [];
  #failures = 0;
  #closed = false;

  constructor(options: AudioStreamEncoderOptions) {
    this.#options = options;
    this.#clock = new CaptureClock(options.now ?? (() => performance.now()));
    this.#framer = new AudioFramer(options.channelCount);
    this.#encoder = this.#createEncoder();
  }

  /** Another track begins, with a clock of its own. */
  startTrack(): void {
    this.#clock.restart();
    this.#framer = new AudioFramer(this.#options.channelCount);
  }

  /** Takes a captured piece of sound, and closes it. */
  encode(captured: AudioData): void {
    if (this.#closed) return captured.close();
    try {
      const channels = planarSamples(captured);
      const blocks = this.#framer.push(channels, captured.sampleRate, captured.timestamp);
      for (const block of blocks) this.#encodeBlock(block);
    } catch (error) {
      this.#fail(error);
    } finally {
      captured.close();
    }
  }

  /** Ends the stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#discardEncoder();
  }

  #encodeBlock(block: AudioBlock): void {
    const encoder = this.#encoder ??= this.#createEncoder();
    if (encoder.encodeQueueSize > MAXIMUM_QUEUED_PACKETS) return;
    // The clock sees a packet when its last sample is there; what counts is when its first one was heard.
    const timestampUs = this.#clock.at(block.timestampUs + PACKET_US) - PACKET_US;
    const samples = new Float32Array(PACKET_FRAMES * block.channels.length);
    block.channels.forEach((channel, index) => samples.set(channel, index * PACKET_FRAMES));
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: SENT_SAMPLE_RATE,
      numberOfFrames: PACKET_FRAMES,
      numberOfChannels: block.channels.length,
      timestamp: timestampUs,
      data: samples,
    });
    this.#pending.push({ level: audioLevel(block.channels), timestampUs });
    encoder.encode(data);
    data.close();
  }

  #createEncoder(): AudioEncoder {
    const encoder = new AudioEncoder({
      output: (chunk) => {
        if (this.#encoder !== encoder) return;
        this.#failures = 0;
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        // The encoder counts its own time from the first packet; the capture's is kept here.
        const packet = this.#pending.shift();
        this.#options.onSound({
          data,
          timestampUs: packet?.timestampUs ?? chunk.timestamp,
          level: packet?.level ?? SILENT_LEVEL,
        });
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#fail(error);
      },
    });
    const { content, channelCount } = this.#options;
    encoder.configure(audioEncoderConfig(content, channelCount));
    return encoder;
  }

  #fail(cause: unknown): void {
    this.#discardEncoder();
    this.#failures++;
    if (this.#failures < MAXIMUM_FAILURES) return;
    this.close();
    this.#options.onFailure(new Error("the audio encoder failed", { cause }));
  }

  #discardEncoder(): void {
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = undefined;
    this.#pending.length = 0;
  }
}

function planarSamples(captured: AudioData): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: captured.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(captured.numberOfFrames);
    captured.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
}
