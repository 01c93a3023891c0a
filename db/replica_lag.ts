/** Samples that are remembered. */
const MAX_SAMPLES = 32;

interface Sample {
  readonly atMs: number;
  /** How much the primary had written by then: its position in the write-ahead log, bytes. */
  readonly position: bigint;
}

/**
 * How far a replica is behind, from where the primary was at known times: a replica that has
 * replayed all up to a position shows everything that was committed before the primary was seen
 * there. Says too much rather than too little, and knows a replica that has lost its primary, whose
 * own clock of the last replay would not tell.
 */
export class ReplicaLag {
  /** The oldest first. */
  readonly #samples: Sample[] = [];

  /** Tells where the primary was at `atMs`; times come in order. */
  primaryAt(atMs: number, position: bigint): void {
    this.#samples.push({ atMs, position });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /**
   * How old what a replica shows is at most, milliseconds, when it had replayed up to `position` at
   * `atMs`. Infinite before it has reached any position of the primary's that is remembered.
   */
  lagMs(atMs: number, position: bigint): number {
    const newest = this.#samples.at(-1);
    const reached = this.#samples.findLast((sample) => sample.position <= position);
    if (newest === undefined || reached === undefined) return Infinity;
    return reached === newest ? Math.max(0, atMs - newest.atMs) : atMs - reached.atMs;
  }
}
