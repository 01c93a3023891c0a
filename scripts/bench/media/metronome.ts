/** A beat that came this much too late was kept waiting by the machine, milliseconds. */
const STALL_MS = 50;

/** How a metronome beats. */
export interface MetronomeOptions {
  readonly intervalMs: number;
  /**
   * Beats that are made up for at once when the machine was late, as a microphone keeps what it heard;
   * further ones are left out, as a camera does at once.
   */
  readonly catchUpBeats: number;
  readonly beat: () => void;
  /** The machine kept a beat waiting for so many milliseconds. */
  readonly onStall?: (durationMs: number) => void;
}

/** Calls `beat` at a steady rate until it is disposed of. */
export class Metronome implements Disposable {
  readonly #options: MetronomeOptions;
  #nextMs = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The first beat comes at once, but not before this returns. */
  constructor(options: MetronomeOptions) {
    this.#options = options;
    this.#schedule(this.#nextMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #schedule(nowMs: number): void {
    this.#timer = setTimeout(() => this.#onTime(), Math.max(0, this.#nextMs - nowMs));
  }

  #onTime(): void {
    const { intervalMs, catchUpBeats, beat, onStall } = this.#options;
    const nowMs = performance.now();
    const lateMs = nowMs - this.#nextMs;
    if (lateMs > STALL_MS) onStall?.(lateMs);
    const { beats, missed } = dueBeats(lateMs, intervalMs, catchUpBeats);
    this.#nextMs += (beats + missed) * intervalMs;
    this.#schedule(nowMs);
    for (let index = 0; index < beats; index++) beat();
  }
}

/** How many beats are to be made `lateMs` after one was due, and how many are left out. */
export function dueBeats(lateMs: number, intervalMs: number, catchUpBeats: number) {
  const waiting = Math.max(0, Math.floor(lateMs / intervalMs));
  const madeUp = Math.min(waiting, catchUpBeats);
  return { beats: 1 + madeUp, missed: waiting - madeUp };
}
