import type { Clock } from "../clock.ts";

/** A turn did not come in time. */
export class CrowdedError extends Error {
  override readonly name = "CrowdedError";
}

/** Lets few run at a time; the others wait in the order in which they came, for a limited time. */
export class ConcurrencyLimit {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly options: { most: number; waitLimitMs: number; clock: Clock },
  ) {}

  /**
   * Runs `action` when its turn comes.
   *
   * @throws {CrowdedError} it did not come; `action` never runs then.
   */
  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.options.most) this.#running++;
    else await this.#turn();
    try {
      return await action();
    } finally {
      // The next one takes this place over.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = () => {
      giveUpLater();
      resolve();
    };
    this.#waiting.push(begin);
    const giveUpLater = this.options.clock.after(this.options.waitLimitMs, () => {
      this.#waiting.splice(this.#waiting.indexOf(begin), 1);
      reject(new CrowdedError("too many wait"));
    });
    return promise;
  }
}
