const SLOT_MS = 50;
const SLOTS = 16;

/** What was sent in the last few hundred milliseconds. `add` runs for each frame. */
export class SentRate {
  readonly #bytes = new Float64Array(SLOTS);
  #slot = -1;
  #firstSlot = -1;

  /** Records `bytes` sent at a time that is not before earlier ones. */
  add(bytes: number, nowMs: number): void {
    this.#advanceTo(nowMs);
    this.#bytes[this.#slot % SLOTS]! += bytes;
  }

  /** Bits per second in the whole slots of the last `windowMs`, 100 to 750. */
  bitrateBps(windowMs: number, nowMs: number): number {
    if (this.#slot < 0) return 0;
    this.#advanceTo(nowMs);
    const slots = Math.min(Math.round(windowMs / SLOT_MS), this.#slot - this.#firstSlot);
    let bytes = 0;
    for (let back = 1; back <= slots; back++) bytes += this.#bytes[(this.#slot - back) % SLOTS]!;
    return slots === 0 ? 0 : bytes * 8_000 / (slots * SLOT_MS);
  }

  #advanceTo(nowMs: number): void {
    const slot = Math.max(this.#slot, Math.floor(nowMs / SLOT_MS));
    if (this.#slot < 0) this.#firstSlot = slot;
    const from = Math.max(this.#slot + 1, slot - SLOTS + 1);
    for (let passed = from; passed <= slot; passed++) this.#bytes[passed % SLOTS] = 0;
    this.#slot = slot;
  }
}
