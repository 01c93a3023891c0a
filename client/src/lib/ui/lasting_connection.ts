import type { ConnectionLevel } from "./connection_level.ts";
import { LastingFlag } from "./lasting_flag.ts";

/** How long the servers must be out of reach, and back, before it is said. */
const LOST = { onAfterMs: 2_000, offAfterMs: 1_000 };
/** How long a connection must be weak, and good again. */
const WEAK = { onAfterMs: 5_000, offAfterMs: 8_000 };

/** How the connection has been for so long that a person should know of it. Pure: told the time. */
export class LastingConnection {
  readonly #lost = new LastingFlag(LOST);
  readonly #weak = new LastingFlag(WEAK);

  /** Notes how the connection is now; call it about once a second. Returns what counts. */
  observe(level: ConnectionLevel, nowMs: number): ConnectionLevel {
    this.#lost.observe(level === "lost", nowMs);
    // Nothing is known of the quality of a way that is not there.
    if (level !== "lost") this.#weak.observe(level === "weak", nowMs);
    return this.#lost.on ? "lost" : this.#weak.on ? "weak" : "good";
  }
}
