import { seededRandom } from "../../services/stack/network/seeded_random.ts";

/** What may go wrong. */
export const FAULTS = [
  "meeting controller killed",
  "meeting controller stopped",
  "meeting controller cut off from Redis",
  "meeting controller cut off from PostgreSQL",
  "media handler killed",
  "global controller killed",
  "Redis restarted empty",
  "PostgreSQL crashed",
  "packets to controllers lost",
  "packets from controllers lost",
] as const;
export type FaultKind = typeof FAULTS[number];

/** One thing that goes wrong, and for how long. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** From the beginning of the run, milliseconds. */
  readonly atMs: number;
  readonly forMs: number;
  /** Which of several such processes, a number from 0 to below 1. */
  readonly which: number;
}

/** Shortest and longest time that a fault takes, milliseconds: less and more than a lease. */
const FAULT_MS = [500, 10_000] as const;
/** Shortest and longest time from the end of one to the beginning of the next, milliseconds. */
const CALM_MS = [1_000, 8_000] as const;

/**
 * What goes wrong in a run of so many milliseconds: every kind once before any comes again, one
 * after the other, now and then before the last one is over its effects. The same seed has the same
 * plan.
 */
export function planFaults(seed: number, lengthMs: number): PlannedFault[] {
  const random = seededRandom(seed);
  const between = ([low, high]: readonly [number, number]) =>
    Math.round(low + random() * (high - low));
  const plan: PlannedFault[] = [];
  let left: FaultKind[] = [];
  let atMs = between(CALM_MS);
  while (true) {
    if (left.length === 0) left = [...FAULTS];
    const [kind] = left.splice(Math.floor(random() * left.length), 1);
    const forMs = between(FAULT_MS);
    if (atMs + forMs > lengthMs) return plan;
    plan.push({ kind: kind!, atMs, forMs, which: random() });
    atMs += forMs + between(CALM_MS);
  }
}
