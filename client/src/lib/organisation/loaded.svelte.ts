/** One thing of the API that is being loaded, is there, or could not be had. */
export class Loaded<Value> {
  #value = $state.raw<Value>();
  #failure = $state.raw<unknown>();
  #loading = $state(false);
  readonly #load: () => Promise<Value>;
  /** An answer that a later load or value replaced is not shown. */
  #generation = 0;

  constructor(load: () => Promise<Value>) {
    this.#load = load;
  }

  /** Undefined until it was loaded once. */
  get value(): Value | undefined {
    return this.#value;
  }

  get failure(): unknown {
    return this.#failure;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Takes over what another call answered. */
  accept(value: Value): void {
    this.#generation++;
    this.#value = value;
    this.#failure = undefined;
    this.#loading = false;
  }

  /** Never rejects. */
  async reload(): Promise<void> {
    const generation = ++this.#generation;
    this.#loading = true;
    this.#failure = undefined;
    try {
      const value = await this.#load();
      if (generation === this.#generation) this.accept(value);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#failure = error;
      this.#loading = false;
    }
  }
}
