/** What is taken away from the highest layer that is encoded, step by step. */
export interface Relief {
  /** Share of its width and height. */
  readonly scale: number;
  /** Share of the frame rate. */
  readonly framerateShare: number;
}

/** Everything as it should be. */
export const NO_RELIEF: Relief = { scale: 1, framerateShare: 1 };

/** Pixels go first; the frame rate only when there is little picture left. */
export const RELIEF_STEPS: readonly Relief[] = [
  NO_RELIEF,
  { scale: 0.75, framerateShare: 1 },
  { scale: 0.5, framerateShare: 1 },
  { scale: 0.5, framerateShare: 0.5 },
];

/**
 * Encode time as a share of the frame interval above which the encoder falls behind: at 1 a second frame
 * is given to it while the first is not done, which still loses nothing.
 */
const OVERLOADED = 1.25;
/** Below it a step back up, at most 2.25 times the pixels, is unlikely to overload again. */
const UNDERUSED = 0.4;
/** The load that a captured frame stands for when the encoder had no room for it. */
const DROPPED_LOAD = 2;
/** Frames over which the load is averaged. */
const AVERAGED_FRAMES = 15;
/** How long the load must stay too high before a step is taken, ms. */
const OVERLOAD_LASTS_MS = 2_000;
/** After a step, a start or a pause nothing counts: new encoders are slow with their first frames, ms. */
const SETTLING_MS = 1_500;
/** Nothing encoded for this long is a pause, ms. */
const PAUSE_MS = 1_000;
/**
 * How long the load must stay low before a step is taken back, ms: at first, since the start of another
 * program looks the same and passes, and after relapses.
 */
const FIRST_RECOVERY_MS = 4_000;
const LAST_RECOVERY_MS = 120_000;
/** An overload this soon after a step back up was caused by it, ms. */
const RELAPSE_WITHIN_MS = 15_000;

/**
 * Finds out from encode times and dropped captures whether this machine can encode a layer as it is, and how
 * much must be taken from it if not: quick to give way, slow to recover, slower after each relapse.
 */
export class EncodeOverload {
  #step = 0;
  #load = 0;
  #settlingSinceMs = -Infinity;
  #observedMs = -Infinity;
  #tooHighSinceMs: number | undefined;
  #lowSinceMs: number | undefined;
  #recoveryMs = FIRST_RECOVERY_MS;
  #steppedUpMs = -Infinity;

  /** What must be taken away now. */
  get relief(): Relief {
    return RELIEF_STEPS[this.#step] ?? NO_RELIEF;
  }

  /** Whether the machine cannot keep up with the layer as it should be. */
  get limited(): boolean {
    return this.#step > 0;
  }

  /** A frame took `encodeMs` of the `intervalMs` it may take. Returns whether the relief changed. */
  encoded(nowMs: number, encodeMs: number, intervalMs: number): boolean {
    return this.#observe(nowMs, Math.min(DROPPED_LOAD, encodeMs / intervalMs));
  }

  /** A captured frame found no room. Returns whether the relief changed. */
  dropped(nowMs: number): boolean {
    return this.#observe(nowMs, DROPPED_LOAD);
  }

  #observe(nowMs: number, load: number): boolean {
    if (nowMs - this.#observedMs > PAUSE_MS) this.#settle(nowMs);
    this.#observedMs = nowMs;
    if (nowMs - this.#settlingSinceMs < SETTLING_MS) return false;
    this.#load += (load - this.#load) / AVERAGED_FRAMES;
    this.#tooHighSinceMs = this.#load > OVERLOADED ? this.#tooHighSinceMs ?? nowMs : undefined;
    this.#lowSinceMs = this.#load < UNDERUSED ? this.#lowSinceMs ?? nowMs : undefined;
    if (lasts(this.#tooHighSinceMs, nowMs, OVERLOAD_LASTS_MS)) return this.#giveWay(nowMs);
    if (lasts(this.#lowSinceMs, nowMs, this.#recoveryMs)) return this.#recover(nowMs);
    return false;
  }

  #giveWay(nowMs: number): boolean {
    if (this.#step === RELIEF_STEPS.length - 1) return false;
    if (nowMs - this.#steppedUpMs < RELAPSE_WITHIN_MS) {
      this.#recoveryMs = Math.min(LAST_RECOVERY_MS, this.#recoveryMs * 2);
    }
    this.#moveTo(this.#step + 1, nowMs);
    return true;
  }

  #recover(nowMs: number): boolean {
    if (this.#step === 0) return false;
    this.#steppedUpMs = nowMs;
    this.#moveTo(this.#step - 1, nowMs);
    return true;
  }

  #moveTo(step: number, nowMs: number): void {
    this.#step = step;
    this.#settle(nowMs);
  }

  #settle(nowMs: number): void {
    this.#settlingSinceMs = nowMs;
    // Between the bounds: only what is measured from now on counts.
    this.#load = (OVERLOADED + UNDERUSED) / 2;
    this.#tooHighSinceMs = undefined;
    this.#lowSinceMs = undefined;
  }
}

function lasts(sinceMs: number | undefined, nowMs: number, durationMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= durationMs;
}
