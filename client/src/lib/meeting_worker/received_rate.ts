/** How much arrives, on average between two looks. Pure: the caller passes the time. */
export class ReceivedRate {
  #bytes = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Frames of `bytes` arrived. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Bits per second since the last look; the next one begins to count here. */
  look(nowMs: number): number {
    const elapsedMs = nowMs - this.#sinceMs;
    const bitrateBps = elapsedMs > 0 ? (this.#bytes * 8_000) / elapsedMs : 0;
    this.#bytes = 0;
    this.#sinceMs = nowMs;
    return bitrateBps;
  }
}
