import type { EncodingTarget } from "./encoding_target.ts";

/** Shortest time between two announcements that are not urgent, milliseconds. */
export const ANNOUNCEMENT_INTERVAL_MS = 100;
/** A rise by less is not told: the encoder would only be disturbed. */
export const RISE_WORTH_TELLING = 1.05;
/** A fall to less is told at once. */
export const URGENT_FALL = 0.9;

/**
 * Decides when the encoders of one stream are told new targets: at once when a layer begins, ends or
 * falls, at leisure when it creeps, not at all when it hardly rises. Pure.
 */
export class TargetAnnouncement {
  #told: readonly EncodingTarget[] | undefined;
  #toldAtMs = -Infinity;

  /** What was told last. */
  get told(): readonly EncodingTarget[] | undefined {
    return this.#told;
  }

  /** True when `targets` are to be told now; they count as told then. */
  tell(targets: readonly EncodingTarget[], nowMs: number): boolean {
    const rested = nowMs - this.#toldAtMs >= ANNOUNCEMENT_INTERVAL_MS;
    const urgency = this.#urgency(targets);
    if (urgency === "none" || (urgency === "leisure" && !rested)) return false;
    this.#told = targets;
    this.#toldAtMs = nowMs;
    return true;
  }

  /** Nobody knows what was told: the next is told whatever it is. */
  reset(): void {
    this.#told = undefined;
  }

  #urgency(targets: readonly EncodingTarget[]): "none" | "leisure" | "urgent" {
    const told = this.#told;
    if (told === undefined || told.length !== targets.length) return "urgent";
    let urgency: "none" | "leisure" = "none";
    for (const [index, { bitrateBps, maxTemporalLayer }] of targets.entries()) {
      const before = told[index]!;
      if ((bitrateBps === 0) !== (before.bitrateBps === 0)) return "urgent";
      if (bitrateBps < before.bitrateBps * URGENT_FALL) return "urgent";
      const differs = bitrateBps < before.bitrateBps ||
        bitrateBps > before.bitrateBps * RISE_WORTH_TELLING ||
        maxTemporalLayer !== before.maxTemporalLayer;
      if (differs) urgency = "leisure";
    }
    return urgency;
  }
}
