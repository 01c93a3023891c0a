import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";

/** Names of the parts of a measurement, in words of a table. */
export type PhaseName =
  /** All of it: the network stays as it is. */
  | "steady"
  | "before"
  /** While the network is worse. */
  | "during"
  | "first 3 s after"
  | "3 to 5 s after"
  | "later"
  /** How long it took until all was as before; it ends where the measurement does. */
  | "recovery";

/** A stretch of a measurement, milliseconds from the moment at which the network's schedule began. */
export interface Phase {
  readonly name: PhaseName;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which phases a measurement has, and how long it takes, milliseconds. */
export interface Phases {
  readonly phases: readonly Phase[];
  readonly durationMs: number;
}

/** How long a network that does not change is measured, milliseconds. */
export const STEADY_MS = 20_000;
const FIRST_AFTER_MS = 3_000;
const THEN_AFTER_MS = 5_000;
/** How long it is measured after the network is good again: all that recovery may take, and more. */
const AFTER_MS = 12_000;

/**
 * The phases to measure on a network: one when it stays as it is, else those around the time from its
 * first to its last change.
 */
export function phasesOf({ changes }: NetworkProfile): Phases {
  const [, firstChange] = changes;
  if (firstChange === undefined) {
    return { phases: [{ name: "steady", fromMs: 0, toMs: STEADY_MS }], durationMs: STEADY_MS };
  }
  const worseAtMs = firstChange.atMs;
  const goodAtMs = changes.at(-1)!.atMs;
  const durationMs = goodAtMs + AFTER_MS;
  const phase = (name: PhaseName, fromMs: number, toMs: number): Phase => ({ name, fromMs, toMs });
  return {
    phases: [
      phase("before", 0, worseAtMs),
      phase("during", worseAtMs, goodAtMs),
      phase("first 3 s after", goodAtMs, goodAtMs + FIRST_AFTER_MS),
      phase("3 to 5 s after", goodAtMs + FIRST_AFTER_MS, goodAtMs + THEN_AFTER_MS),
      phase("later", goodAtMs + THEN_AFTER_MS, durationMs),
      phase("recovery", goodAtMs, durationMs),
    ],
    durationMs,
  };
}

/** The same network, whose changes over time come `byMs` later; until then it is as at its start. */
export function postponed(profile: NetworkProfile, byMs: number): NetworkProfile {
  const [first, ...later] = profile.changes;
  return {
    ...profile,
    changes: [first, ...later.map(({ atMs, path }) => ({ atMs: atMs + byMs, path }))],
  };
}
