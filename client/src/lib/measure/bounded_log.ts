/** Keeps the latest entries, and counts those that went for want of room. */
export class BoundedLog<Entry> {
  readonly #capacity: number;
  readonly #entries: Entry[] = [];
  #dropped = 0;

  /** Holds at most `capacity` entries. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The latest entries, oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** How many entries are gone. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an entry; the oldest goes when there is no room. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length <= this.#capacity) return;
    this.#entries.shift();
    this.#dropped++;
  }
}
