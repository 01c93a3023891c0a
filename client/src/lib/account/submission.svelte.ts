import { problemsByField } from "../forms/describe_failure.ts";
import { tick } from "svelte";

/** One form on its way to the API: pending, refused with a problem for each field, or done. */
export class Submission {
  #pending = $state(false);
  #done = $state(false);
  #failure = $state.raw<unknown>();
  #problems = $state.raw<Readonly<Record<string, string>>>({});

  get pending(): boolean {
    return this.#pending;
  }

  get done(): boolean {
    return this.#done;
  }

  /** What went wrong with the form as a whole. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What is wrong with the field of this name, as the form or the API says it. */
  problem(field: string): string | undefined {
    return this.#problems[field];
  }

  /** Forgets how the last one went. */
  reset(): void {
    this.#done = false;
    this.#failure = undefined;
    this.#problems = {};
  }

  /**
   * Sends the form once. Never rejects.
   *
   * @param form its first wrong field gets the focus.
   * @param problems what the page itself finds wrong, by field; undefined values are right.
   */
  async run(
    form: HTMLFormElement,
    problems: Readonly<Record<string, string | undefined>>,
    send: () => Promise<void>,
  ): Promise<void> {
    if (this.#pending) return;
    this.reset();
    const found = Object.entries(problems).filter((entry): entry is [string, string] =>
      entry[1] !== undefined
    );
    this.#problems = Object.fromEntries(found);
    if (found.length > 0) return void await focusFirstWrong(form);
    this.#pending = true;
    try {
      await send();
      this.#done = true;
    } catch (error) {
      this.#problems = problemsByField(error);
      this.#pending = false;
      // What is said beside a field is not said twice.
      if (!await focusFirstWrong(form)) this.#failure = error;
    } finally {
      this.#pending = false;
    }
  }
}

/** @returns whether there is one. */
async function focusFirstWrong(form: HTMLFormElement): Promise<boolean> {
  await tick();
  const field = form.querySelector<HTMLElement>("[aria-invalid=true]");
  field?.focus();
  return field !== null;
}
