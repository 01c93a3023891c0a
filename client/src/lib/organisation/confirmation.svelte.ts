/** What is asked before something is done that cannot be taken back. */
export interface Question {
  readonly title: string;
  readonly detail: string;
  /** What is done, as the button says it. */
  readonly action: string;
  /** Does it. @returns what is then told of it, if anything. */
  readonly onConfirm: () => Promise<string | undefined>;
}

/** The question of a page that waits for its answer; it stays readable while its dialog closes. */
export class Confirmation {
  open = $state(false);
  #question = $state.raw<Question>();

  get question(): Question | undefined {
    return this.#question;
  }

  ask(question: Question): void {
    this.#question = question;
    this.open = true;
  }
}
