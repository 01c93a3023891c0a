interface Reading {
  readonly atMs: number;
  readonly bytes: number;
}

/** What a link had delivered at several moments, from which rates between them follow. */
export class DeliveryLog {
  readonly #readings: Reading[] = [];

  /** At `atMs` the link had delivered `bytes` in all; readings come in the order of time. */
  note(atMs: number, bytes: number): void {
    this.#readings.push({ atMs, bytes });
  }

  /**
   * The mean rate between two moments, bits a second; between readings it is taken as steady.
   * Undefined when they are not both within the readings.
   */
  rateBps(fromMs: number, toMs: number): number | undefined {
    const [from, to] = [this.#bytesAt(fromMs), this.#bytesAt(toMs)];
    if (from === undefined || to === undefined || toMs <= fromMs) return undefined;
    return (to - from) * 8 * 1_000 / (toMs - fromMs);
  }

  #bytesAt(atMs: number): number | undefined {
    const later = this.#readings.findIndex((reading) => reading.atMs >= atMs);
    const [before, after] = [this.#readings[later - 1], this.#readings[later]];
    if (after?.atMs === atMs) return after.bytes;
    if (before === undefined || after === undefined) return undefined;
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return before.bytes + share * (after.bytes - before.bytes);
  }
}
