/** The votes of one poll: the last one of each voter counts. */
export class PollTally {
  /** By voter. */
  readonly #options = new Map<string, number>();

  /** Whose vote is counted. */
  get voters(): number {
    return this.#options.size;
  }

  /** What somebody voted for; undefined before a vote. */
  of(voterId: string): number | undefined {
    return this.#options.get(voterId);
  }

  /** Takes a vote; the voter's earlier one counts no more. */
  vote(voterId: string, option: number): void {
    this.#options.set(voterId, option);
  }

  /** Votes for each of so many options; votes for others are not counted. */
  count(options: number): number[] {
    const votes = new Array<number>(options).fill(0);
    for (const option of this.#options.values()) {
      if (option < options) votes[option]! += 1;
    }
    return votes;
  }
}
