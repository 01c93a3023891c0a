import { Goertzel, hannWindow } from "./goertzel.ts";

/** Length of the pieces of sound that are looked at, seconds. */
const WINDOW_SECONDS = 0.01;
/** Time from one look to the next, seconds. */
const HOP_SECONDS = 0.0025;
/** Looks in a row that have to agree on another tone. */
const AGREEING_HOPS = 4;
/** A tone softer than this is none: a tenth of what {@link TONE_AMPLITUDE} says. */
const LEAST_AMPLITUDE = 0.03;
/** Shorter stretches without a tone are no gaps, seconds. */
const SHORTEST_GAP_SECONDS = 0.02;

/** How loud the tones are played. */
export const TONE_AMPLITUDE = 0.3;

/** What was heard; times are frame counts of the sound that was pushed. */
export type ToneEvent =
  /** One tone followed on another without a gap. */
  | { readonly type: "step"; readonly tone: number; readonly atFrame: number }
  /** No tone for a while. */
  | { readonly type: "gap"; readonly fromFrame: number; readonly toFrame: number };

/**
 * Listens to a sound that is always one of some tones: tells the moments at which the tone changes, to
 * about 2 ms, and the gaps of over 20 ms. A change inside a gap is no step: its moment is not known.
 */
export class ToneListener {
  readonly #detectors: readonly Goertzel[];
  readonly #window: Float32Array;
  readonly #recent: Float32Array;
  readonly #windowed: Float32Array;
  readonly #hopFrames: number;
  readonly #shortestGapFrames: number;
  #framesTaken = 0;
  #tone: number | undefined;
  #candidate: { readonly tone: number; readonly sinceFrame: number; hops: number } | undefined;
  #toneEndFrame: number | undefined;

  constructor(tonesHz: readonly number[], sampleRate: number) {
    this.#detectors = tonesHz.map((frequencyHz) => new Goertzel(frequencyHz, sampleRate));
    this.#window = hannWindow(Math.round(WINDOW_SECONDS * sampleRate));
    this.#recent = new Float32Array(this.#window.length);
    this.#windowed = new Float32Array(this.#window.length);
    this.#hopFrames = Math.round(HOP_SECONDS * sampleRate);
    this.#shortestGapFrames = Math.round(SHORTEST_GAP_SECONDS * sampleRate);
  }

  /** Takes the next piece of sound, of any length; `firstFrame` numbers its first sample. */
  push(samples: Float32Array, firstFrame: number): ToneEvent[] {
    const events: ToneEvent[] = [];
    for (let index = 0; index < samples.length; index++) {
      this.#recent[this.#framesTaken % this.#recent.length] = samples[index] ?? 0;
      this.#framesTaken++;
      if (this.#framesTaken % this.#hopFrames !== 0) continue;
      if (this.#framesTaken < this.#recent.length) continue;
      // What a look finds is true of the middle of its window.
      const atFrame = firstFrame + index + 1 - this.#recent.length / 2;
      const event = this.#look(this.#loudestTone(), atFrame);
      if (event) events.push(event);
    }
    return events;
  }

  #loudestTone(): number | undefined {
    const start = this.#framesTaken % this.#recent.length;
    for (let index = 0; index < this.#windowed.length; index++) {
      const sample = this.#recent[(start + index) % this.#recent.length] ?? 0;
      this.#windowed[index] = sample * (this.#window[index] ?? 0);
    }
    let loudest: number | undefined;
    let highest = LEAST_AMPLITUDE;
    this.#detectors.forEach((detector, tone) => {
      const amplitude = detector.amplitude(this.#windowed);
      if (amplitude <= highest) return;
      highest = amplitude;
      loudest = tone;
    });
    return loudest;
  }

  #look(tone: number | undefined, atFrame: number): ToneEvent | undefined {
    if (tone === undefined) {
      this.#candidate = undefined;
      return undefined;
    }
    const gap = this.#endGap(atFrame);
    this.#toneEndFrame = atFrame;
    if (gap) {
      this.#tone = tone;
      this.#candidate = undefined;
      return gap;
    }
    return this.#followTone(tone, atFrame);
  }

  #endGap(atFrame: number): ToneEvent | undefined {
    const fromFrame = this.#toneEndFrame;
    if (fromFrame === undefined || atFrame - fromFrame <= this.#shortestGapFrames) return undefined;
    return { type: "gap", fromFrame, toFrame: atFrame };
  }

  #followTone(tone: number, atFrame: number): ToneEvent | undefined {
    this.#tone ??= tone;
    if (tone === this.#tone) {
      this.#candidate = undefined;
      return undefined;
    }
    if (this.#candidate?.tone !== tone) {
      this.#candidate = { tone, sinceFrame: atFrame - this.#hopFrames / 2, hops: 0 };
    }
    this.#candidate.hops++;
    if (this.#candidate.hops < AGREEING_HOPS) return undefined;
    const { sinceFrame } = this.#candidate;
    this.#tone = tone;
    this.#candidate = undefined;
    return { type: "step", tone, atFrame: sinceFrame };
  }
}
