/** Samples per second of everything between a decoder and the speaker. */
export const PLAYOUT_SAMPLE_RATE = 48_000;

/** Channels of every ring; Opus decodes mono into two equal ones. */
export const RING_CHANNELS = 2;

/** Frames that one ring holds: 683 ms, far over the largest target delay. A power of two. */
export const RING_CAPACITY_FRAMES = 32_768;

/** Frames behind the read position that the writer leaves alone, for fades and time-stretching. */
export const RING_HISTORY_FRAMES = 2_048;

const WRITE_INDEX = 0;
const READ_INDEX = 1;
const TARGET_FRAMES = 2;
const UNDERRUNS = 3;
const OVERFLOWED_FRAMES = 4;
const CONTROL_WORDS = 8;
const CONTROL_BYTES = CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT;
const INDEX_MASK = RING_CAPACITY_FRAMES - 1;

/** Bytes of memory that one ring occupies. */
export const RING_BYTE_LENGTH = CONTROL_BYTES +
  RING_CAPACITY_FRAMES * RING_CHANNELS * Float32Array.BYTES_PER_ELEMENT;

/**
 * A ring of planar float samples with one writer and one reader, usable over a SharedArrayBuffer
 * between two threads without locks. Positions are frame counts modulo 2^32.
 */
export class SampleRing {
  readonly #control: Int32Array;
  readonly #channels: readonly Float32Array[];

  /** Takes a zeroed buffer of {@link RING_BYTE_LENGTH} bytes, or one that a peer ring already uses. */
  constructor(readonly buffer: ArrayBufferLike) {
    if (buffer.byteLength !== RING_BYTE_LENGTH) {
      throw new RangeError("ring buffer has a wrong size");
    }
    this.#control = new Int32Array(buffer, 0, CONTROL_WORDS);
    const bytesPerChannel = RING_CAPACITY_FRAMES * Float32Array.BYTES_PER_ELEMENT;
    this.#channels = Array.from(
      { length: RING_CHANNELS },
      (_, index) =>
        new Float32Array(buffer, CONTROL_BYTES + index * bytesPerChannel, RING_CAPACITY_FRAMES),
    );
  }

  /** Frames written and not yet read. */
  get available(): number {
    return (Atomics.load(this.#control, WRITE_INDEX) - Atomics.load(this.#control, READ_INDEX)) | 0;
  }

  /** The delay at which the reader aims, in frames. */
  get targetFrames(): number {
    return Atomics.load(this.#control, TARGET_FRAMES);
  }

  set targetFrames(frames: number) {
    Atomics.store(this.#control, TARGET_FRAMES, frames);
  }

  /** How often the reader ran dry. */
  get underruns(): number {
    return Atomics.load(this.#control, UNDERRUNS);
  }

  /** Reader: notes that it ran dry. */
  countUnderrun(): void {
    Atomics.add(this.#control, UNDERRUNS, 1);
  }

  /** Frames that found no room, for example while the audio output is suspended. */
  get overflowedFrames(): number {
    return Atomics.load(this.#control, OVERFLOWED_FRAMES);
  }

  /** Writer: appends all frames or, when they do not fit, none. One channel given fills all. */
  write(channels: readonly Float32Array[]): boolean {
    const first = channels[0];
    if (!first) return true;
    const frames = first.length;
    if (this.available + frames > RING_CAPACITY_FRAMES - RING_HISTORY_FRAMES) {
      Atomics.add(this.#control, OVERFLOWED_FRAMES, frames);
      return false;
    }
    const start = Atomics.load(this.#control, WRITE_INDEX) & INDEX_MASK;
    const beforeWrap = Math.min(frames, RING_CAPACITY_FRAMES - start);
    this.#channels.forEach((target, index) => {
      const source = channels[index] ?? first;
      target.set(source.subarray(0, beforeWrap), start);
      if (beforeWrap < frames) target.set(source.subarray(beforeWrap), 0);
    });
    // The index moves last, so the reader never sees frames that are not there yet.
    Atomics.add(this.#control, WRITE_INDEX, frames);
    return true;
  }

  /** Reader: the sample `offset` frames after the read position; negative offsets reach into history. */
  at(channel: number, offset: number): number {
    const index = (Atomics.load(this.#control, READ_INDEX) + offset) & INDEX_MASK;
    return this.#channels[channel]?.[index] ?? 0;
  }

  /** Reader: copies frames from `offset` after the read position, without moving it. */
  copy(channel: number, offset: number, target: Float32Array): void {
    const source = this.#channels[channel];
    if (!source) return;
    const start = (Atomics.load(this.#control, READ_INDEX) + offset) & INDEX_MASK;
    const beforeWrap = Math.min(target.length, RING_CAPACITY_FRAMES - start);
    target.set(source.subarray(start, start + beforeWrap));
    if (beforeWrap < target.length) {
      target.set(source.subarray(0, target.length - beforeWrap), beforeWrap);
    }
  }

  /** Reader: replaces one sample that it has not read yet, or that it is about to read again. */
  set(channel: number, offset: number, value: number): void {
    const index = (Atomics.load(this.#control, READ_INDEX) + offset) & INDEX_MASK;
    const samples = this.#channels[channel];
    if (samples) samples[index] = value;
  }

  /** Reader: moves the read position; back by at most {@link RING_HISTORY_FRAMES}. */
  advance(frames: number): void {
    Atomics.add(this.#control, READ_INDEX, frames);
  }
}
