/** A picture that leaves its decoder later than this after its frame came is late. */
export const LATE_MS = 80;
/** The highest level of relief. */
export const MAXIMUM_RELIEF = 2;
/** What is judged at once. */
export const WINDOW_MS = 1_000;

/** Fewer pictures than this in a window say nothing. */
const MINIMUM_PICTURES = 5;
/** Part of the pictures that may be late; beyond, the machine is too slow. */
const OVERLOADED_PART = 0.25;
/** Part of the pictures that may be late for a window to count as calm. */
const CALM_PART = 0.05;
/** Calm windows before a larger layer is tried; doubled each time that this was too early. */
const CALM_WINDOWS = 10;
const MAXIMUM_CALM_WINDOWS = 80;

/**
 * Judges from how long pictures take to be decoded whether the machine can take what it is sent:
 * each level of relief asks for pictures of half the width and height. Up within a second or two,
 * down slowly, and ever more slowly if that fails.
 */
export class DecodeLoad {
  #windowStartMs: number | undefined;
  #pictures = 0;
  #late = 0;
  #relief = 0;
  #calmWindows = 0;
  #patienceWindows = CALM_WINDOWS;
  #triedLarger = false;
  /** The relief has just changed: its effect is yet to come. */
  #settling = false;

  /** 0: everything in the size in which it is shown, up to {@link MAXIMUM_RELIEF}. */
  get relief(): number {
    return this.#relief;
  }

  /** Counts a picture that was decoded within `decodeMs` of its arrival. */
  observe(decodeMs: number): void {
    this.#pictures++;
    if (decodeMs > LATE_MS) this.#late++;
  }

  /** Closes a window that is complete; call it a few times a second. */
  update(nowMs: number): void {
    this.#windowStartMs ??= nowMs;
    if (nowMs - this.#windowStartMs < WINDOW_MS) return;
    const latePart = this.#pictures < MINIMUM_PICTURES ? 0 : this.#late / this.#pictures;
    this.#windowStartMs = nowMs;
    this.#pictures = 0;
    this.#late = 0;
    if (this.#settling) this.#settling = false;
    else this.#judge(latePart);
  }

  #judge(latePart: number): void {
    if (latePart > OVERLOADED_PART) this.#raise();
    else if (latePart > CALM_PART) this.#calmWindows = 0;
    else if (this.#relief > 0 && ++this.#calmWindows >= this.#patienceWindows) this.#lower();
  }

  #raise(): void {
    // Too slow again soon after a larger layer was tried: wait longer the next time.
    if (this.#relief < MAXIMUM_RELIEF && this.#triedLarger) {
      this.#patienceWindows = Math.min(MAXIMUM_CALM_WINDOWS, this.#patienceWindows * 2);
    }
    this.#triedLarger = false;
    this.#calmWindows = 0;
    if (this.#relief === MAXIMUM_RELIEF) return;
    this.#relief++;
    this.#settling = true;
  }

  #lower(): void {
    this.#relief--;
    this.#calmWindows = 0;
    this.#triedLarger = true;
    this.#settling = true;
  }
}
