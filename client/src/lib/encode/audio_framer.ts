/** Samples per second of all sound that is sent. */
export const SENT_SAMPLE_RATE = 48_000;
/** Frames of one packet: 20 ms. */
export const PACKET_FRAMES = 960;
/** A jump of the capture clock over this is a gap, not jitter. */
const GAP_TOLERANCE_US = 40_000;

/** One packet's worth of sound, ready to encode. */
export interface AudioBlock {
  /** Planar, {@link PACKET_FRAMES} samples each. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /** Time of the first sample on the capture clock. */
  readonly timestampUs: number;
}

/**
 * Cuts captured sound of any rate and channel count into 20 ms blocks at 48 kHz, mixing to the wanted
 * number of channels and interpolating linearly between rates.
 */
export class AudioFramer {
  #block: Float32Array<ArrayBuffer>[] = [];
  #filled = 0;
  #blockStartUs = 0;
  /** Position of the next output sample, in input samples, relative to the current input's start. */
  #position = 0;
  #previous: number[] = [];
  #expectedUs: number | undefined;

  constructor(private readonly channelCount: 1 | 2) {
    this.#startBlock();
    this.#previous = new Array<number>(channelCount).fill(0);
  }

  /** Takes planar captured sound; returns the blocks that it completes. */
  push(
    captured: readonly Float32Array[],
    sampleRate: number,
    timestampUs: number,
  ): AudioBlock[] {
    const length = captured[0]?.length ?? 0;
    if (length === 0) return [];
    const jumped = this.#expectedUs === undefined ||
      Math.abs(timestampUs - this.#expectedUs) > GAP_TOLERANCE_US;
    if (jumped) this.#restart();
    this.#expectedUs = timestampUs + length * 1_000_000 / sampleRate;
    const input = this.#mix(captured);
    const blocks: AudioBlock[] = [];
    const step = sampleRate / SENT_SAMPLE_RATE;
    // Position -1 is the last sample of the previous input: interpolation crosses the seam.
    while (this.#position <= length - 1) {
      if (this.#filled === 0) {
        this.#blockStartUs = timestampUs + this.#position * 1_000_000 / sampleRate;
      }
      this.#takeSample(input);
      this.#position += step;
      if (this.#filled === PACKET_FRAMES) {
        blocks.push({ channels: this.#block, timestampUs: Math.round(this.#blockStartUs) });
        this.#startBlock();
      }
    }
    this.#position -= length;
    input.forEach((samples, channel) => this.#previous[channel] = samples[length - 1] ?? 0);
    return blocks;
  }

  #takeSample(input: readonly Float32Array[]): void {
    const index = Math.floor(this.#position);
    const share = this.#position - index;
    for (let channel = 0; channel < this.channelCount; channel++) {
      const samples = input[channel];
      const target = this.#block[channel];
      if (!samples || !target) continue;
      const left = index < 0 ? this.#previous[channel] ?? 0 : samples[index] ?? 0;
      const right = share === 0 ? 0 : samples[index + 1] ?? 0;
      target[this.#filled] = left * (1 - share) + right * share;
    }
    this.#filled++;
  }

  #mix(captured: readonly Float32Array[]): readonly Float32Array[] {
    const first = captured[0];
    if (!first) return [];
    if (this.channelCount === 2) return [first, captured[1] ?? first];
    if (captured.length === 1) return captured;
    const mono = new Float32Array(first.length);
    for (const samples of captured) {
      for (let index = 0; index < mono.length; index++) {
        mono[index] = (mono[index] ?? 0) + (samples[index] ?? 0) / captured.length;
      }
    }
    return [mono];
  }

  #startBlock(): void {
    this.#block = Array.from(
      { length: this.channelCount },
      () => new Float32Array(PACKET_FRAMES),
    );
    this.#filled = 0;
  }

  #restart(): void {
    this.#startBlock();
    this.#position = 0;
    this.#previous.fill(0);
  }
}
