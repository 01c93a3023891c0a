/** How many pictures are encoded, decoded and drawn. */
export interface Pace {
  /** Share of the frame rate at which own pictures are encoded. */
  readonly framerateShare: number;
  /** Highest temporal layer of the others' pictures that is decoded (L1T3: 2 is all of them). */
  readonly maxTemporalLayer: number;
}

/** From everything to a quarter of the pictures. */
export const PACES: readonly Pace[] = [
  { framerateShare: 1, maxTemporalLayer: 2 },
  { framerateShare: 0.5, maxTemporalLayer: 1 },
  { framerateShare: 0.25, maxTemporalLayer: 0 },
];

/** How often it is looked at how late a timer fires, milliseconds. */
export const LOOK_INTERVAL_MS = 50;
/** Looks that are judged at once: a second. */
const LOOKS = 20;
/** Part of the looks that is allowed to be late: garbage is collected, windows are dragged. */
const PERCENTILE = 0.75;
/** Lateness from which sound is in danger, milliseconds: what it is buffered for on a good network. */
const LATE_MS = 40;
/** Lateness below which the machine has time to spare, milliseconds. */
const IN_TIME_MS = 12;
/** Seconds in a row in which the machine must be late before pictures give way. */
const LATE_SECONDS = 2;
/** Seconds in time before more pictures are tried; doubled each time that this was too early. */
const CALM_SECONDS = 8;
const MOST_CALM_SECONDS = 64;
/** Too late again within so many seconds after more pictures were tried: they were the reason. */
const RELAPSE_SECONDS = 15;

/**
 * Keeps sound going on a machine that cannot do everything: when the worker gets the processor late
 * again and again, there are fewer pictures a second, own ones and those of the others. Times how long
 * encoders and decoders take do not show it: what waits there is sound and network. Pure.
 */
export class PicturePace {
  #level = 0;
  #looks: number[] = [];
  #lateSeconds = 0;
  #calmSeconds = 0;
  #patienceSeconds = CALM_SECONDS;
  #secondsSinceTried = Infinity;

  /** What to keep to now. */
  get pace(): Pace {
    return PACES[this.#level]!;
  }

  /** A timer of {@link LOOK_INTERVAL_MS} fired so late. Returns whether the pace changed. */
  look(lateMs: number): boolean {
    this.#looks.push(lateMs);
    if (this.#looks.length < LOOKS) return false;
    const usualMs = this.#looks.toSorted((a, b) => a - b)[Math.floor(LOOKS * PERCENTILE)]!;
    this.#looks = [];
    return this.#judge(usualMs);
  }

  #judge(usualMs: number): boolean {
    this.#secondsSinceTried++;
    this.#lateSeconds = usualMs > LATE_MS ? this.#lateSeconds + 1 : 0;
    this.#calmSeconds = usualMs < IN_TIME_MS ? this.#calmSeconds + 1 : 0;
    if (this.#lateSeconds >= LATE_SECONDS) return this.#giveWay();
    return this.#calmSeconds >= this.#patienceSeconds && this.#tryMore();
  }

  #giveWay(): boolean {
    this.#lateSeconds = 0;
    if (this.#level === PACES.length - 1) return false;
    if (this.#secondsSinceTried <= RELAPSE_SECONDS) {
      this.#patienceSeconds = Math.min(MOST_CALM_SECONDS, 2 * this.#patienceSeconds);
    }
    this.#level++;
    return true;
  }

  #tryMore(): boolean {
    this.#calmSeconds = 0;
    if (this.#level === 0) return false;
    this.#secondsSinceTried = 0;
    this.#level--;
    return true;
  }
}
