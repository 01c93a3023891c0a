/** Sound may come this much after its picture before the picture waits. */
export const SOUND_LATE_MS = 40;
/** Sound may come this much before its picture before the sound waits. */
export const SOUND_EARLY_MS = 40;
/** Longest that sound waits for its picture: talking to each other matters more. */
export const MAXIMUM_SOUND_WAIT_MS = 60;

/** The distance that waiting leaves, either way: inside the bounds, and no more waiting than needed. */
const AIM_MS = 35;
/** Part of the distance that is corrected at once; the measured delays are averages. */
const GAIN = 0.3;

/** How long each side waits for the other, ms. */
export interface SyncDelays {
  readonly pictureMs: number;
  readonly soundMs: number;
}

/**
 * Keeps the lips of one participant in step with the voice. Whatever is far ahead waits: the
 * picture as long as it takes, up to a bound, the sound only a little. ITU-R BT.1359 finds sound up
 * to 45 ms early and 125 ms late unnoticed.
 */
export class LipSync {
  #pictureMs = 0;
  #soundMs = 0;

  /** @param maximumPictureWaitMs longest that the picture waits. */
  constructor(private readonly maximumPictureWaitMs: number) {}

  /**
   * Corrects the waiting, a few times a second. Both delays run from capture to eye and ear, ms,
   * with what waits now included; the clocks of publisher and viewer may differ.
   */
  update(soundDelayMs: number, pictureDelayMs: number): SyncDelays {
    const lateMs = soundDelayMs - pictureDelayMs;
    // What waits gives that up before the other begins to wait.
    if (this.#pictureMs > 0 || (lateMs > SOUND_LATE_MS && this.#soundMs === 0)) {
      const pictureMs = this.#pictureMs + (lateMs - AIM_MS) * GAIN;
      this.#pictureMs = clamp(pictureMs, this.maximumPictureWaitMs);
    } else if (this.#soundMs > 0 || lateMs < -SOUND_EARLY_MS) {
      this.#soundMs = clamp(this.#soundMs - (lateMs + AIM_MS) * GAIN, MAXIMUM_SOUND_WAIT_MS);
    }
    return { pictureMs: this.#pictureMs, soundMs: this.#soundMs };
  }
}

function clamp(value: number, maximum: number): number {
  return Math.min(maximum, Math.max(0, value));
}
