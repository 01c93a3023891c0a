/**
 * Makes results settle in the order in which the work was added. WebCrypto runs each operation on
 * its own thread and promises no order among them; each result here waits for the settlement of the
 * one before it, while the operations themselves still overlap.
 */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  /** The outcome of `work`, not before the outcome of all work added earlier. */
  add<T>(work: Promise<T>): Promise<T> {
    // `work` may reject while it waits for its turn; it is handled where its turn comes.
    work.catch(ignore);
    const outcome = this.#last.then(() => work);
    this.#last = outcome.catch(ignore);
    return outcome;
  }
}

function ignore(): void {}
