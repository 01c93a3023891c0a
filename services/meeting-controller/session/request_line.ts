/** Most requests that wait for those before them; beyond, no more are read. */
export const MAX_WAITING_REQUESTS = 32;

/** Answers requests one after the other, in the order in which they came. */
export class RequestLine {
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /**
   * Answers a request when all before it are answered.
   *
   * @param answer must not reject.
   * @returns resolves when another request may come.
   */
  async add(answer: () => Promise<void>): Promise<void> {
    this.#length++;
    this.#last = this.#last.then(answer).finally(() => {
      this.#length--;
    });
    if (this.#length >= MAX_WAITING_REQUESTS) await this.#last;
  }

  /** Resolves when all requests so far are answered. */
  async finished(): Promise<void> {
    await this.#last;
  }
}
