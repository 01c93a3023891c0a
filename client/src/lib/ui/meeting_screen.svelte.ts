import type { MeetingFailure } from "../../../core/meeting/meeting_state.ts";

/** Why somebody is no longer in the meeting. */
export type FailureReason = MeetingFailure | "unknown";

/** What the page of a meeting shows. */
export type Screen =
  | { readonly name: "prejoin" }
  /** In the lobby. */
  | { readonly name: "waiting" }
  | { readonly name: "meeting" }
  | { readonly name: "left" }
  | { readonly name: "failed"; readonly reason: FailureReason };

/** Which screen of a meeting is shown, and whether the next one is on its way. */
export class MeetingScreen implements Disposable {
  #shown = $state.raw<Screen>({ name: "prejoin" });
  /** Runs between the click and the meeting's screen. */
  #entering = $state.raw<ReturnType<typeof setTimeout>>();

  get shown(): Screen {
    return this.#shown;
  }

  /** Between the click and the meeting's screen. */
  get entering(): boolean {
    return this.#entering !== undefined;
  }

  /** Somebody has clicked, whether the screen says so yet or not. */
  get inMeeting(): boolean {
    const { name } = this.#shown;
    return name === "meeting" || name === "waiting" || this.entering;
  }

  show(screen: Screen): void {
    clearTimeout(this.#entering);
    this.#entering = undefined;
    this.#shown = screen;
  }

  /** Shows the meeting: from the pre-join page once `patienceMs` is over, else at once. */
  enter(patienceMs: number): void {
    if (this.#shown.name !== "prejoin") return this.show({ name: "meeting" });
    this.#entering = setTimeout(() => this.show({ name: "meeting" }), patienceMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#entering);
  }
}
