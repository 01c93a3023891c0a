/** Most that the heap may grow while meetings come and go, MiB. */
export const MAX_HEAP_GROWTH_MIB = 16;
/** Meetings until all code is compiled and all tables have their size. */
const WARM_UP = 3;
const BYTES_PER_MIB = 1024 * 1024;

declare const gc: () => void;

/** Watches that nothing is kept for what is over. Needs `--v8-flags=--expose-gc`. */
export class HeapGrowth {
  #checks = 0;
  #baseBytes = 0;
  #grownBytes = 0;

  /** Of the heap since it was warm, MiB. */
  get grownMiB(): number {
    return this.#grownBytes / BYTES_PER_MIB;
  }

  /**
   * To be called whenever all that was begun is over.
   *
   * @throws {Error} when the heap has grown beyond {@link MAX_HEAP_GROWTH_MIB}.
   */
  check(): void {
    gc();
    const { heapUsed, external } = Deno.memoryUsage();
    const bytes = heapUsed + external;
    if (++this.#checks <= WARM_UP) this.#baseBytes = bytes;
    this.#grownBytes = bytes - this.#baseBytes;
    if (this.grownMiB > MAX_HEAP_GROWTH_MIB) {
      throw new Error(`the heap grew by ${this.grownMiB.toFixed(1)} MiB`);
    }
  }
}
