/** Size of a key frame, in usual frames. */
const KEY_FRAME_SIZE = 6;
/** Frames over which the encoder saves what a key frame cost too much. */
const KEY_FRAME_REPAID_FRAMES = 30;
/** How long the encoder takes to follow a new bitrate, milliseconds. */
const ENCODER_LAG_MS = 100;
/** Part by which sizes of frames vary, either way. */
const SIZE_VARIATION = 0.3;

/** Temporal layers in order of time: base, top, middle, top (L1T3). */
const TEMPORAL_LAYERS = [0, 2, 1, 2] as const;

/** A picture that leaves the encoder. */
export interface EncodedFrame {
  readonly bytes: number;
  readonly isKey: boolean;
  readonly temporalLayer: number;
}

/** A camera's encoder: a frame each time it is asked, in sizes that follow the bitrate. */
export class SimulatedEncoder {
  readonly #frameRate: number;
  readonly #random: () => number;
  readonly #changes: { readonly atMs: number; readonly bitrateBps: number }[] = [];
  #bitrateBps: number;
  #frame = 0;
  #keyFrameWanted = true;
  #owedBytes = 0;

  constructor(frameRate: number, bitrateBps: number, random: () => number) {
    this.#frameRate = frameRate;
    this.#bitrateBps = bitrateBps;
    this.#random = random;
  }

  /** What it encodes at now, bits per second. */
  get bitrateBps(): number {
    return this.#bitrateBps;
  }

  /** Asks for another bitrate, bits per second. */
  setBitrate(bitrateBps: number, nowMs: number): void {
    this.#changes.push({ atMs: nowMs + ENCODER_LAG_MS, bitrateBps });
  }

  /** Makes the next frame a key frame. */
  wantKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  /** The picture of now. */
  encode(nowMs: number): EncodedFrame {
    while (this.#changes.length > 0 && this.#changes[0]!.atMs <= nowMs) {
      this.#bitrateBps = this.#changes.shift()!.bitrateBps;
    }
    const usualBytes = this.#bitrateBps / 8 / this.#frameRate;
    if (this.#keyFrameWanted) {
      this.#keyFrameWanted = false;
      this.#frame = 1;
      this.#owedBytes = (KEY_FRAME_SIZE - 1) * usualBytes;
      return { bytes: Math.ceil(KEY_FRAME_SIZE * usualBytes), isKey: true, temporalLayer: 0 };
    }
    const repaid = Math.min(
      this.#owedBytes,
      (KEY_FRAME_SIZE - 1) / KEY_FRAME_REPAID_FRAMES * usualBytes,
    );
    this.#owedBytes -= repaid;
    const variation = 1 + SIZE_VARIATION * (2 * this.#random() - 1);
    return {
      bytes: Math.ceil(usualBytes * variation - repaid + 46),
      isKey: false,
      temporalLayer: TEMPORAL_LAYERS[this.#frame++ % TEMPORAL_LAYERS.length]!,
    };
  }
}
