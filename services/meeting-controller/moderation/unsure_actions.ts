import type { Clock } from "../clock.ts";
import type { ModerationAction } from "../facts/meeting_facts.ts";

/** How long who was told to try again may do so, milliseconds: clients try for 10 s. */
export const UNSURE_LIFETIME_MS = 15_000;
/** Most deeds that are remembered as unsure. */
export const MAX_UNSURE_DEEDS = 100;

interface Unsure {
  readonly actions: readonly ModerationAction[];
  readonly forgetAtMs: number;
}

/**
 * Actions that may have been recorded although the answer was lost: whoever tries again has the
 * same ones recorded, by their ids, so that none is there twice.
 */
export class UnsureActions {
  /** By what was to be done; the oldest first. */
  readonly #unsure = new Map<string, Unsure>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /** The actions of an earlier attempt to do the same. */
  find(what: string): readonly ModerationAction[] | undefined {
    this.#forgetOver();
    return this.#unsure.get(what)?.actions;
  }

  /** It is not known whether these were recorded. */
  add(what: string, actions: readonly ModerationAction[]): void {
    this.#unsure.delete(what);
    const [oldest] = this.#unsure.keys();
    if (this.#unsure.size >= MAX_UNSURE_DEEDS && oldest !== undefined) this.#unsure.delete(oldest);
    this.#unsure.set(what, { actions, forgetAtMs: this.clock.now() + UNSURE_LIFETIME_MS });
  }

  /** They are recorded. */
  remove(what: string): void {
    this.#unsure.delete(what);
  }

  #forgetOver(): void {
    const nowMs = this.clock.now();
    for (const [what, { forgetAtMs }] of this.#unsure) {
      if (forgetAtMs > nowMs) return;
      this.#unsure.delete(what);
    }
  }
}
