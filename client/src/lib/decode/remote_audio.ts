import { bridgeGap } from "../playout/gap_concealment.ts";
import { JitterEstimator } from "../playout/jitter_estimator.ts";
import { PITCH_HISTORY_FRAMES } from "../playout/pitch_extension.ts";
import type { PlayoutWriter } from "../playout/playout_link.ts";
import { PLAYOUT_SAMPLE_RATE, RING_CHANNELS } from "../playout/sample_ring.ts";
import { RecentMedian } from "../playout/recent_median.ts";
import type { ReceivedFrame } from "./received_frame.ts";

const PACKET_MS = 20;
const FRAMES_PER_MS = PLAYOUT_SAMPLE_RATE / 1_000;
const PACKET_FRAMES = PACKET_MS * FRAMES_PER_MS;
/** Longer holes are silence between words or a mute, not loss. */
const MAXIMUM_CONCEALED_MS = 120;
const MAXIMUM_QUEUED_PACKETS = 50;
/** A stream that was silent for longer has no delay. */
const SILENT_AFTER_MS = 1_000;
/** Packets over which the delay is looked at: half a second. */
const DELAY_PACKETS = 25;

export interface RemoteAudioOptions {
  /** WebCodecs codec string. */
  readonly codec: string;
  readonly writer: PlayoutWriter;
  readonly now?: () => number;
}

/** What is known of a packet inside the decoder. */
interface PendingPacket {
  /** Packets that are missing before it. */
  readonly missing: number;
  readonly timestampUs: number;
}

/**
 * Decodes one remote audio stream into its playout ring and keeps that ring's delay right. Lost
 * packets are concealed from the sound before them: WebCodecs has no way to ask for the forward
 * error correction inside an Opus packet.
 */
export class RemoteAudio {
  readonly #options: RemoteAudioOptions;
  readonly #now: () => number;
  readonly #jitter = new JitterEstimator(PACKET_MS);
  #decoder: AudioDecoder | undefined;
  /** Packets inside the decoder, oldest first. */
  readonly #pending: PendingPacket[] = [];
  #last: Float32Array[] = [];
  #lastTimestampUs: number | undefined;
  #underruns = 0;
  #syncDelayMs = 0;
  readonly #delaysMs = new RecentMedian(DELAY_PACKETS);
  #delayNotedAtMs = -Infinity;
  #closed = false;

  /** How long sound takes from the playout processor to the ear. */
  outputLatencyMs = 0;

  constructor(options: RemoteAudioOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * From the capture of sound to the ear, mostly: milliseconds between the publisher's clock
   * and this one, so only its distance to another delay of the same publisher means anything.
   */
  get delayMs(): number | undefined {
    const flows = this.#now() - this.#delayNotedAtMs < SILENT_AFTER_MS;
    return flows ? this.#delaysMs.value : undefined;
  }

  /** How long sound waits for its picture. */
  set syncDelayMs(delayMs: number) {
    this.#syncDelayMs = delayMs;
  }

  /** Takes the stream's next packet. */
  receive(frame: ReceivedFrame): void {
    if (this.#closed) return;
    const sinceLastMs = this.#sinceLastMs(frame.timestampUs);
    this.#jitter.observe(this.#now(), frame.timestampUs / 1_000);
    this.#noteUnderruns(sinceLastMs);
    const targetMs = this.#jitter.targetMs + this.#syncDelayMs;
    this.#options.writer.setTarget(Math.round(targetMs * FRAMES_PER_MS));
    try {
      const decoder = this.#decoder ??= this.#createDecoder();
      if (decoder.decodeQueueSize > MAXIMUM_QUEUED_PACKETS) return;
      decoder.decode(
        new EncodedAudioChunk({ type: "key", timestamp: frame.timestampUs, data: frame.data }),
      );
      this.#pending.push({
        missing: missingPackets(sinceLastMs),
        timestampUs: frame.timestampUs,
      });
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

  #sinceLastMs(timestampUs: number): number | undefined {
    const before = this.#lastTimestampUs;
    this.#lastTimestampUs = timestampUs;
    return before === undefined ? undefined : (timestampUs - before) / 1_000;
  }

  /** Sound ran out because this packet is late, unless nothing was sent for a while or got lost. */
  #noteUnderruns(sinceLastMs: number | undefined): void {
    const { underruns } = this.#options.writer;
    const late = sinceLastMs !== undefined && sinceLastMs < 1.5 * PACKET_MS;
    if (underruns > this.#underruns && late) this.#jitter.ranOut();
    this.#underruns = underruns;
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
    const { writer } = this.#options;
    const { missing, timestampUs } = this.#pending.shift() ?? { missing: 0 };
    const channels = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
      const samples = new Float32Array(sound.numberOfFrames);
      sound.copyTo(samples, { planeIndex, format: "f32-planar" });
      return samples;
    });
    const kept = channels.map((samples) => samples.slice(-PITCH_HISTORY_FRAMES));
    // Once the speaker has run dry there is no hole to fill: it conceals that by itself.
    if (missing > 0 && writer.waitingFrames !== 0) {
      writer.write(bridgeGap(this.#last, missing * PACKET_FRAMES, channels));
    }
    this.#last = kept;
    writer.write(channels);
    if (timestampUs !== undefined) this.#noteDelay(timestampUs);
  }

  #noteDelay(timestampUs: number): void {
    const { waitingFrames } = this.#options.writer;
    if (waitingFrames === undefined) return;
    const nowMs = this.#now();
    // A packet is stamped when its first sample was captured; the last one in the ring is its last.
    const capturedMs = timestampUs / 1_000 + PACKET_MS;
    const ms = nowMs + waitingFrames / FRAMES_PER_MS + this.outputLatencyMs - capturedMs;
    if (nowMs - this.#delayNotedAtMs >= SILENT_AFTER_MS) this.#delaysMs.clear();
    this.#delaysMs.add(ms);
    this.#delayNotedAtMs = nowMs;
  }

  #discardDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder && decoder.state !== "closed") decoder.close();
    this.#pending.length = 0;
  }
}

function missingPackets(sinceLastMs: number | undefined): number {
  const gapMs = (sinceLastMs ?? 0) - PACKET_MS;
  return gapMs > 0 && gapMs <= MAXIMUM_CONCEALED_MS ? Math.round(gapMs / PACKET_MS) : 0;
}
