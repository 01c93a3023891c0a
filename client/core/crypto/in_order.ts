/**
 * Makes results settle in the order in which the work was added. WebCrypto runs each operation on
 * its own thread and promises no order among them; each result here waits for the settlement of the
 * one before it, while the operations themselves still overlap.
 */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  /** `finish` of what `work` comes to, not before the outcome of all work added earlier. */
  add<T, U>(work: Promise<T>, finish: (result: T) => U): Promise<U> {
    // `work` may reject while it waits for its turn; it is handled where its turn comes.
    work.catch(ignore);
    const outcome = this.#last.then(() => work).then(finish);
    this.#last = outcome.catch(ignore);
    return outcome;
  }
}

function ignore(): void {}
