/** Counts messages against a limit in each second of a clock. */
export class MessageRate {
  readonly #perSecond: number;
  #second = -Infinity;
  #messages = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** A message came; false when it is one too many. */
  admit(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#messages = 0;
    }
    return ++this.#messages <= this.#perSecond;
  }
}
