import { createContext } from "svelte";

/** How long a line is shown, milliseconds. */
const SHOWN_MS = 5_000;

/** Tells for a moment what was just done, to eyes and screen readers. */
export class Announcement {
  #line = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;

  get line(): string {
    return this.#line;
  }

  say(line: string): void {
    clearTimeout(this.#timer);
    this.#line = line;
    this.#timer = setTimeout(() => (this.#line = ""), SHOWN_MS);
  }

  /** Ends the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** The one of the organisation's pages. */
export const [useAnnouncement, provideAnnouncement] = createContext<Announcement>();
