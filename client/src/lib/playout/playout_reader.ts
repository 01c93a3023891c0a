import { PLAYOUT_SAMPLE_RATE, RING_CHANNELS, type SampleRing } from "./sample_ring.ts";
import { findLag, MAXIMUM_LAG_FRAMES, splice, SPLICE_FADE_FRAMES } from "./splice.ts";

/** Frames over which playing fades in after silence and out before it: 5 ms. */
export const FADE_FRAMES = 240;

const FRAMES_PER_MS = PLAYOUT_SAMPLE_RATE / 1_000;
/** How long the fill is watched before the speed changes. */
const WATCH_FRAMES = 200 * FRAMES_PER_MS;
/** Delay over the target that is tolerated: packets come in steps of 20 ms. */
const EXCESS_FRAMES = 30 * FRAMES_PER_MS;
/** Delay under the target that is tolerated. */
const SHORTAGE_FRAMES = 15 * FRAMES_PER_MS;
/** Excess that is cut at once instead of played faster. */
const CUT_FRAMES = 200 * FRAMES_PER_MS;

type Phase =
  | { readonly name: "buffering" }
  | { readonly name: "playing"; fadedIn: number }
  | { readonly name: "fading-out"; played: number };

/**
 * Takes one stream's sound out of its ring at the speaker's pace: waits until the target delay is there,
 * plays, stretches or shortens time to stay near the target, and fades instead of clicking when the sound
 * runs out.
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
    if (this.#phase.name === "playing") this.#holdTarget(frames);
    if (this.#phase.name === "playing") this.#play(this.#phase, output, frames);
    else if (this.#phase.name === "fading-out") this.#fadeOut(this.#phase, output, 0);
  }

  #canStart(frames: number): boolean {
    const fill = this.ring.available;
    if (fill < Math.max(this.ring.targetFrames, frames)) return false;
    // Sound that piled up while nothing played is late already.
    if (fill > this.ring.targetFrames + CUT_FRAMES) {
      this.ring.advance(fill - this.ring.targetFrames);
    }
    this.#phase = { name: "playing", fadedIn: 0 };
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
    if (this.#watchedFrames < WATCH_FRAMES) return;
    const room = fill >= MAXIMUM_LAG_FRAMES + SPLICE_FADE_FRAMES;
    if (this.#highestFill > target + EXCESS_FRAMES && room) {
      splice(this.ring, findLag(this.ring, 1));
    } else if (this.#highestFill < target - SHORTAGE_FRAMES && fill >= SPLICE_FADE_FRAMES) {
      splice(this.ring, -findLag(this.ring, -1));
    }
    this.#resetWatch();
  }

  #resetWatch(): void {
    this.#watchedFrames = 0;
    this.#highestFill = 0;
  }

  #play(phase: { fadedIn: number }, output: readonly Float32Array[], frames: number): void {
    const count = Math.min(frames, this.ring.available);
    for (let channel = 0; channel < RING_CHANNELS; channel++) {
      const target = output[channel];
      if (!target) continue;
      for (let index = 0; index < count; index++) {
        const gain = Math.min(1, (phase.fadedIn + index) / FADE_FRAMES);
        target[index] = (target[index] ?? 0) + this.ring.at(channel, index) * gain;
      }
    }
    phase.fadedIn += count;
    this.ring.advance(count);
    if (count === frames) return;
    this.ring.countUnderrun();
    const fading = { name: "fading-out", played: 0 } as const;
    this.#phase = fading;
    this.#fadeOut(this.#phase, output, count);
  }

  /** Plays the last sound backwards and ever softer: it goes on where the sound broke off. */
  #fadeOut(phase: { played: number }, output: readonly Float32Array[], from: number): void {
    const frames = output[0]?.length ?? 0;
    const count = Math.min(frames - from, FADE_FRAMES - phase.played);
    for (let channel = 0; channel < RING_CHANNELS; channel++) {
      const target = output[channel];
      if (!target) continue;
      for (let index = 0; index < count; index++) {
        const age = phase.played + index;
        const gain = 1 - age / FADE_FRAMES;
        const sample = this.ring.at(channel, -1 - age) * gain;
        target[from + index] = (target[from + index] ?? 0) + sample;
      }
    }
    phase.played += count;
    if (phase.played >= FADE_FRAMES) this.#phase = { name: "buffering" };
  }
}
