import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import type { EntryResult, Pace } from "./load.ts";

/** Lets everybody enter at that pace, and takes the time of each. */
export async function enterAll<Who>(
  people: readonly Who[],
  pace: Pace,
  seed: number,
  enter: (person: Who) => Promise<void>,
): Promise<EntryResult> {
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  const startedAtMs = performance.now();
  const enterOne = async (person: Who, dueAtMs: number) => {
    try {
      await enter(person);
      latenciesMs.push(performance.now() - dueAtMs);
    } catch (error) {
      countFailure(failures, error);
    }
  };
  if ("concurrency" in pace) {
    const waiting = people.values();
    await Promise.all(Array.from({ length: pace.concurrency }, async () => {
      for (const person of waiting) await enterOne(person, performance.now());
    }));
  } else {
    const random = seededRandom(seed);
    const underway: Promise<void>[] = [];
    let dueAtMs = startedAtMs;
    for (const person of people) {
      dueAtMs += (-Math.log(1 - random()) * 1_000) / pace.ratePerS;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      underway.push(enterOne(person, dueAtMs));
    }
    await Promise.all(underway);
  }
  return { latenciesMs, elapsedMs: performance.now() - startedAtMs, failures };
}

/** Counts one more failure by what the error says. */
export function countFailure(failures: Record<string, number>, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  failures[reason] = (failures[reason] ?? 0) + 1;
}

/** Resolves after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
