/** Over how many packets a loss ratio forgets all but 1/e. */
export class LossRatio {
  readonly #memory: number;
  #expected = 0;
  #received = 0;
  #decayedLost = 0;
  #decayedTotal = 0;
  #observations = 0;

  /** Remembers about the last `memory` packets. */
  constructor(memory: number) {
    this.#memory = memory;
  }

  /** Part that got lost lately, 0 to 1; 0 before anything is known. */
  get value(): number {
    return this.#decayedTotal === 0 ? 0 : this.#decayedLost / this.#decayedTotal;
  }

  /** Packets whose fate is known. */
  get observations(): number {
    return this.#observations;
  }

  /** Takes cumulative counts, modulo 2^32; counts older than the last ones change nothing. */
  take(expected: number, received: number): void {
    const newExpected = (expected - this.#expected) | 0;
    if (newExpected <= 0) return;
    const newReceived = Math.min(newExpected, Math.max(0, (received - this.#received) | 0));
    this.#expected = expected;
    this.#received = received;
    const kept = Math.exp(-newExpected / this.#memory);
    this.#decayedTotal = this.#decayedTotal * kept + newExpected;
    this.#decayedLost = this.#decayedLost * kept + newExpected - newReceived;
    this.#observations += newExpected;
  }

  /** Takes counts without learning from them: those of a time when nothing got through. */
  skipTo(expected: number, received: number): void {
    if (((expected - this.#expected) | 0) <= 0) return;
    this.#expected = expected;
    this.#received = received;
  }
}
