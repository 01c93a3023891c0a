import { shownLevel } from "../encode/audio_level.ts";

/** How often levels are reported. */
export const LEVEL_REPORT_INTERVAL_MS = 100;
/** A participant not heard for this long is silent. */
const SILENT_AFTER_MS = 250;

/** Collects how loud each participant is, from the levels that come with the packets. */
export class AudioLevels {
  readonly #heard = new Map<string, { level: number; atMs: number }>();
  #reportedSound = false;

  constructor(private readonly now: () => number) {}

  /** Notes one packet; `level` is -dBov (RFC 6464). */
  observe(participantId: string, level: number): void {
    const nowMs = this.now();
    const shown = shownLevel(level);
    const before = this.#heard.get(participantId);
    const fresh = before !== undefined && nowMs - before.atMs < LEVEL_REPORT_INTERVAL_MS;
    // The loudest of a report's packets: a word must not fall between two reports.
    const loudest = fresh ? Math.max(before.level, shown) : shown;
    this.#heard.set(participantId, { level: loudest, atMs: nowMs });
  }

  /** Levels of who is heard, 0 to 1; undefined when nothing changed since all fell silent. */
  report(): ReadonlyMap<string, number> | undefined {
    const nowMs = this.now();
    const levels = new Map<string, number>();
    for (const [participantId, { level, atMs }] of this.#heard) {
      if (nowMs - atMs > SILENT_AFTER_MS) this.#heard.delete(participantId);
      else levels.set(participantId, level);
    }
    if (levels.size === 0 && !this.#reportedSound) return undefined;
    this.#reportedSound = levels.size > 0;
    return levels;
  }
}
