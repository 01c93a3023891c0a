/** One page of a list of the API. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** How a list stands. */
export type ListPhase = "loading" | "ready" | "failed";

/** A list that is loaded page by page, and anew when something in it was changed. */
export class CursorList<Item> {
  #items = $state.raw<readonly Item[]>([]);
  #phase = $state<ListPhase>("loading");
  #failure = $state.raw<unknown>();
  #nextCursor = $state<string | null>(null);
  readonly #load: (cursor: string | undefined) => Promise<ListPage<Item>>;
  /** Answers of a load that a later one replaced are not shown. */
  #generation = 0;

  constructor(load: (cursor: string | undefined) => Promise<ListPage<Item>>) {
    this.#load = load;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  get phase(): ListPhase {
    return this.#phase;
  }

  get failure(): unknown {
    return this.#failure;
  }

  get hasMore(): boolean {
    return this.#nextCursor !== null;
  }

  /** Loads the first page; what was shown stays until it is there. */
  async reload(): Promise<void> {
    await this.#append([], undefined);
  }

  async loadMore(): Promise<void> {
    if (this.#nextCursor === null || this.#phase === "loading") return;
    await this.#append(this.#items, this.#nextCursor);
  }

  async #append(before: readonly Item[], cursor: string | undefined): Promise<void> {
    const generation = ++this.#generation;
    this.#phase = "loading";
    this.#failure = undefined;
    try {
      const { items, nextCursor } = await this.#load(cursor);
      if (generation !== this.#generation) return;
      this.#items = [...before, ...items];
      this.#nextCursor = nextCursor;
      this.#phase = "ready";
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#failure = error;
      this.#phase = "failed";
    }
  }
}
