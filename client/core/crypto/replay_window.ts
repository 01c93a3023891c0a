/** How many counters behind the highest one a late frame may be. */
export const REPLAY_WINDOW_COUNTERS = 1024;

/** Remembers which counters were seen under one key of one track (as RFC 6479 does). */
export class ReplayWindow {
  readonly #seen = new Uint8Array(REPLAY_WINDOW_COUNTERS);
  #next = 0;

  /** False when `counter` was seen, or is too far behind to tell. */
  mayAccept(counter: number): boolean {
    if (counter >= this.#next) return true;
    if (this.#next - counter > REPLAY_WINDOW_COUNTERS) return false;
    return this.#seen[counter % REPLAY_WINDOW_COUNTERS] === 0;
  }

  /** Records an authenticated counter. False, and nothing changes, when it may not be accepted. */
  accept(counter: number): boolean {
    if (!this.mayAccept(counter)) return false;
    if (counter >= this.#next) {
      const skipped = counter - this.#next;
      if (skipped >= REPLAY_WINDOW_COUNTERS) this.#seen.fill(0);
      else for (let i = this.#next; i < counter; i++) this.#seen[i % REPLAY_WINDOW_COUNTERS] = 0;
      this.#next = counter + 1;
    }
    this.#seen[counter % REPLAY_WINDOW_COUNTERS] = 1;
    return true;
  }
}
