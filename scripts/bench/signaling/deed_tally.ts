import type { Deed } from "./deeds.ts";
import { countFailure } from "./entries.ts";
import type { ActResult } from "./load.ts";
import type { Observer } from "./person.ts";

/** Counts what becomes of deeds. */
export class DeedTally implements Observer {
  readonly #answersMs: Record<string, number[]> = {};
  readonly #newsMs: Record<string, number[]> = {};
  readonly #lastNewsMs: number[] = [];
  readonly #failures: Record<string, number> = {};
  #unanswered = 0;
  /** Pairs of a deed and somebody who has not heard of it. */
  #unheard = 0;

  /** Whether all is answered and heard of. */
  get isComplete(): boolean {
    return this.#unanswered === 0 && this.#unheard === 0;
  }

  onBegin(deed: Deed): void {
    this.#unanswered++;
    this.#unheard += deed.unaware;
  }

  onAnswer(deed: Deed, error: string | undefined): void {
    this.#unanswered--;
    if (error === undefined) record(this.#answersMs, deed);
    else countFailure(this.#failures, error);
  }

  onNews(deed: Deed): void {
    this.#unheard--;
    record(this.#newsMs, deed);
    if (--deed.unaware === 0) this.#lastNewsMs.push(performance.now() - deed.dueAtMs);
  }

  /** What there is now; what is missing has failed. @param lost connections that ended. */
  result(elapsedMs: number, lost: number): ActResult {
    const failures = { ...this.#failures };
    if (this.#unanswered > 0) failures["not answered"] = this.#unanswered;
    if (this.#unheard > 0) failures["not heard of"] = this.#unheard;
    if (lost > 0) failures["connection lost"] = lost;
    return {
      answersMs: this.#answersMs,
      newsMs: this.#newsMs,
      lastNewsMs: this.#lastNewsMs,
      elapsedMs,
      failures,
    };
  }
}

function record(latenciesMs: Record<string, number[]>, { kind, dueAtMs }: Deed): void {
  (latenciesMs[kind] ??= []).push(performance.now() - dueAtMs);
}
