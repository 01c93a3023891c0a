/** How many streams a peer may have open at once; more of them wait. */
export class OpenStreams {
  #available: number;
  #waiting: PromiseWithResolvers<void>[] = [];
  #closedWith: Error | undefined;

  constructor(limit: number) {
    this.#available = limit;
  }

  /** Resolves when one more stream may be opened; rejects when the session ends first. */
  async open(): Promise<void> {
    if (this.#closedWith) throw this.#closedWith;
    if (this.#available > 0) {
      this.#available--;
      return;
    }
    const permission = Promise.withResolvers<void>();
    this.#waiting.push(permission);
    await permission.promise;
  }

  /** One stream is finished: the next that waits may open. */
  finish(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve();
    else this.#available++;
  }

  /** Everything that waits, now or later, rejects with `error`. */
  close(error: Error): void {
    this.#closedWith = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
