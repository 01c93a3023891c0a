/**
 * The minimum over a sliding window of time, kept in a few slots: exact to a slot's length, with
 * constant space however many values come (as the windowed filters of BBR and Copa).
 */
export class WindowedMinimum {
  readonly #slotMs: number;
  readonly #minima: Float64Array;
  #slot = -Infinity;

  /** Keeps values for `windowMs`, in `slots` slots. */
  constructor(windowMs: number, slots: number) {
    this.#slotMs = windowMs / slots;
    this.#minima = new Float64Array(slots).fill(Infinity);
  }

  /** The lowest value in the window; infinity when there is none. */
  get value(): number {
    let lowest = Infinity;
    for (const minimum of this.#minima) lowest = Math.min(lowest, minimum);
    return lowest;
  }

  /** Adds a value at a time that is not before those of earlier calls. */
  add(value: number, nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    const slots = this.#minima.length;
    const passed = Math.min(slots, slot - this.#slot);
    for (let back = 0; back < passed; back++) this.#minima[modulo(slot - back, slots)] = Infinity;
    if (passed > 0) this.#slot = slot;
    const index = modulo(this.#slot, slots);
    this.#minima[index] = Math.min(this.#minima[index]!, value);
  }
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
