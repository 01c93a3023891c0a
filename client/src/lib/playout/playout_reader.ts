import { PLAYOUT_SAMPLE_RATE, RING_CHANNELS, type SampleRing } from "./sample_ring.ts";
import { extendedSample, EXTENSION_FRAMES, findPeriod } from "./pitch_extension.ts";
import { findLag, MAXIMUM_LAG_FRAMES, splice, SPLICE_FADE_FRAMES } from "./splice.ts";

/** Frames over which playing takes over from silence or from sound that was made up: 5 ms. */
export const FADE_FRAMES = 240;

const FRAMES_PER_MS = PLAYOUT_SAMPLE_RATE / 1_000;
/** How long the fill is watched before the speed changes. */
const WATCH_FRAMES = 200 * FRAMES_PER_MS;
/** The same when the delay is far from its target: up to a fifth faster or slower. */
const HURRIED_WATCH_FRAMES = 60 * FRAMES_PER_MS;
const FAR_OFF_FRAMES = 40 * FRAMES_PER_MS;
/** Delay over and under the target that is tolerated. */
const EXCESS_FRAMES = 6 * FRAMES_PER_MS;
const SHORTAGE_FRAMES = 6 * FRAMES_PER_MS;
/** Excess that is cut at once instead of played faster. */
const CUT_FRAMES = 200 * FRAMES_PER_MS;

/** Sound that goes on by itself since the real one ran out. */
interface Extension {
  readonly period: number;
  /** Frames played so far. */
  age: number;
}

interface Playing {
  readonly name: "playing";
  /** Frames played since playing began, until it has taken over. */
  takenOver: number;
  /** What it takes over from; nothing is silence. */
  readonly from?: Readonly<Extension>;
}

type Phase =
  | { readonly name: "buffering" }
  | Playing
  | { readonly name: "extending"; readonly extension: Extension };

/**
 * Takes one stream's sound out of its ring at the speaker's pace: waits until the target delay is there,
 * plays, stretches or shortens time to stay near the target. When the sound runs out it goes on by itself
 * for a moment, and the real one takes over as soon as there is any: the delay has then grown by what was
 * missing.
 */
export class PlayoutReader {
  #phase: Phase = { name: "buffering" };
  #watchedFrames = 0;
  #highestFill = 0;

  constructor(private readonly ring: SampleRing) {}

  /** Whether sound is coming out. */
  get playing(): boolean {
    return this.#phase.name === "playing";
  }

  /** Adds the next frames to `output` (one array per channel, all of one length). */
  mixInto(output: readonly Float32Array[]): void {
    const frames = output[0]?.length ?? 0;
    if (this.#phase.name === "buffering" && !this.#canStart(frames)) return;
    if (this.#phase.name === "extending" && this.ring.available >= frames) {
      this.#phase = { name: "playing", takenOver: 0, from: this.#phase.extension };
      this.#resetWatch();
    }
    if (this.#phase.name === "playing") this.#holdTarget(frames);
    if (this.#phase.name === "playing") this.#play(this.#phase, output, frames);
    else if (this.#phase.name === "extending") this.#extend(this.#phase.extension, output, 0);
  }

  #canStart(frames: number): boolean {
    const fill = this.ring.available;
    if (fill < Math.max(this.ring.targetFrames, frames)) return false;
    // Sound that piled up while nothing played is late already.
    if (fill > this.ring.targetFrames + CUT_FRAMES) {
      this.ring.advance(fill - this.ring.targetFrames);
    }
    this.#phase = { name: "playing", takenOver: 0 };
    this.#resetWatch();
    return true;
  }

  #holdTarget(frames: number): void {
    const fill = this.ring.available;
    const target = this.ring.targetFrames;
    if (fill > target + CUT_FRAMES) {
      splice(this.ring, fill - target - SPLICE_FADE_FRAMES);
      this.#resetWatch();
      return;
    }
    this.#highestFill = Math.max(this.#highestFill, fill);
    this.#watchedFrames += frames;
    const excess = this.#highestFill - target;
    const hurried = Math.abs(excess) > FAR_OFF_FRAMES;
    if (this.#watchedFrames < (hurried ? HURRIED_WATCH_FRAMES : WATCH_FRAMES)) return;
    if (excess > EXCESS_FRAMES) {
      // Soon after a packet came there is room for the cut.
      if (fill < Math.min(excess, MAXIMUM_LAG_FRAMES) + SPLICE_FADE_FRAMES) return;
      splice(this.ring, findLag(this.ring, 1, excess));
    } else if (excess < -SHORTAGE_FRAMES && fill >= SPLICE_FADE_FRAMES) {
      splice(this.ring, -findLag(this.ring, -1, -excess));
    }
    this.#resetWatch();
  }

  #resetWatch(): void {
    this.#watchedFrames = 0;
    this.#highestFill = 0;
  }

  #play(phase: Playing, output: readonly Float32Array[], frames: number): void {
    const count = Math.min(frames, this.ring.available);
    for (let channel = 0; channel < RING_CHANNELS; channel++) {
      const target = output[channel];
      if (!target) continue;
      for (let index = 0; index < count; index++) {
        const heard = phase.takenOver + index < FADE_FRAMES
          ? this.#takingOver(phase, channel, index)
          : this.ring.at(channel, index);
        target[index] = (target[index] ?? 0) + heard;
      }
    }
    phase.takenOver = Math.min(FADE_FRAMES, phase.takenOver + count);
    this.ring.advance(count);
    if (count < frames) this.#runOut(output, count);
  }

  #takingOver(phase: Playing, channel: number, index: number): number {
    const taken = phase.takenOver + index;
    const weight = taken / FADE_FRAMES;
    const sample = this.ring.at(channel, index) * weight;
    if (!phase.from) return sample;
    // The read position has gone on since: the old sound ended before what was taken since then.
    const past = (offset: number) => this.ring.at(channel, offset - phase.takenOver);
    const { period, age } = phase.from;
    return sample + extendedSample(past, period, age + taken) * (1 - weight);
  }

  #runOut(output: readonly Float32Array[], from: number): void {
    this.ring.countUnderrun();
    const period = findPeriod((offset) => this.ring.at(0, offset));
    const extension = { period, age: 0 };
    this.#phase = { name: "extending", extension };
    this.#extend(extension, output, from);
  }

  #extend(extension: Extension, output: readonly Float32Array[], from: number): void {
    const frames = output[0]?.length ?? 0;
    for (let channel = 0; channel < RING_CHANNELS; channel++) {
      const target = output[channel];
      if (!target) continue;
      const past = (offset: number) => this.ring.at(channel, offset);
      for (let index = from; index < frames; index++) {
        const sample = extendedSample(past, extension.period, extension.age + index - from);
        target[index] = (target[index] ?? 0) + sample;
      }
    }
    extension.age += frames - from;
    if (extension.age >= EXTENSION_FRAMES) this.#phase = { name: "buffering" };
  }
}
