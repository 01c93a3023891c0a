/** Length of the window over which a rate is measured, milliseconds. */
export const RATE_WINDOW_MS = 500;
const SLOT_MS = 50;
const SLOTS = RATE_WINDOW_MS / SLOT_MS;

/** How much is sent, over the last half second. Pure: the caller passes the time. */
export class SendingRate {
  readonly #bytes = new Float64Array(SLOTS);
  #slot = 0;

  sent(bytes: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#bytes[this.#slot % SLOTS]! += bytes;
  }

  bitrateBps(nowMs: number): number {
    this.#turn(nowMs);
    const bytes = this.#bytes.reduce((sum, slot) => sum + slot, 0);
    return bytes * 8_000 / RATE_WINDOW_MS;
  }

  /** Clears the slots that time has passed over. */
  #turn(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    const passed = Math.min(SLOTS, slot - this.#slot);
    for (let i = 0; i < passed; i++) this.#bytes[(slot - i) % SLOTS] = 0;
    if (slot > this.#slot) this.#slot = slot;
  }
}
