/** Silence after which the other end is asked whether it is there, milliseconds. */
export const ASK_AFTER_MS = 750;
/** Silence after which the path counts as dead, if it should have been broken, milliseconds. */
export const PATH_SILENCE_LIMIT_MS = 1_500;
/** What is unanswered for less says nothing yet, milliseconds. */
export const UNANSWERED_LIMIT_MS = 700;
/** A check this late means that the process itself slept: the silence says nothing. */
const SLEPT_MS = 1_000;

/** What to do about a silence. */
export type SilenceVerdict = "fine" | "ask" | "dead";

/**
 * Tells a path that is dead from one on which nobody has anything to say: what was sent must be
 * reported, and where media came it goes on or the other end answers when asked. Pure: the caller
 * passes the time in milliseconds.
 */
export class PathSilence {
  #heardAtMs: number;
  #checkedAtMs: number;
  /** Whether media came since the other end was asked: then its absence is worth a question. */
  #mediaCame = false;

  constructor(nowMs: number) {
    this.#heardAtMs = this.#checkedAtMs = nowMs;
  }

  /** How long nothing was heard. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#heardAtMs;
  }

  /** The other end said anything. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** Media came. */
  mediaCame(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#mediaCame = true;
  }

  /** `unreportedForMs`: age of the oldest thing sent that no report tells of, 0 without any. */
  check(nowMs: number, unreportedForMs: number): SilenceVerdict {
    if (nowMs - this.#checkedAtMs > SLEPT_MS) this.#heardAtMs = nowMs;
    this.#checkedAtMs = nowMs;
    const silentForMs = this.silentForMs(nowMs);
    if (silentForMs >= PATH_SILENCE_LIMIT_MS && unreportedForMs >= UNANSWERED_LIMIT_MS) {
      return "dead";
    }
    if (silentForMs < ASK_AFTER_MS || unreportedForMs > 0 || !this.#mediaCame) return "fine";
    this.#mediaCame = false;
    return "ask";
  }
}
