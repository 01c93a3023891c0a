import { parseArgs } from "node:util";

/** The parts of a chaos run. */
export const CHAOS_PARTS = ["recovery", "run"] as const;
export type ChaosPart = typeof CHAOS_PARTS[number];

/** What `deno task chaos` is told. */
export interface ChaosOptions {
  readonly parts: readonly ChaosPart[];
  /** Of all that is random, a 32-bit unsigned integer. */
  readonly seed: number;
  /** How long the part `run` takes. */
  readonly minutes: number;
  /** How often the part `recovery` breaks each thing. */
  readonly kills: number;
}

const DEFAULT_MINUTES = 10;
const DEFAULT_KILLS = 20;
/** Journals and logs are bounded: more would not fit in them. */
const MAX_MINUTES = 30;
const MAX_KILLS = 100;

/** The arguments make no sense; the message is how they are meant. */
export class ChaosOptionsError extends Error {
  override readonly name = "ChaosOptionsError";
}

/**
 * Reads the arguments but `--json`.
 *
 * @param randomSeed the seed when none is given.
 * @throws {ChaosOptionsError}
 */
export function parseChaosOptions(args: readonly string[], randomSeed: number): ChaosOptions {
  const values = readValues(args);
  const options = {
    parts: values.part === undefined ? CHAOS_PARTS : CHAOS_PARTS.filter((it) => it === values.part),
    seed: Number(values.seed ?? randomSeed),
    minutes: Number(values.minutes ?? DEFAULT_MINUTES),
    kills: Number(values.kills ?? DEFAULT_KILLS),
  };
  const { parts, seed, minutes, kills } = options;
  if (
    parts.length === 0 || !Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32 ||
    !(minutes > 0 && minutes <= MAX_MINUTES) ||
    !(Number.isInteger(kills) && kills > 0 && kills <= MAX_KILLS)
  ) throw usage();
  return options;
}

function readValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        part: { type: "string" },
        seed: { type: "string" },
        minutes: { type: "string" },
        kills: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw usage(error);
  }
}

function usage(cause?: unknown): ChaosOptionsError {
  return new ChaosOptionsError(
    `usage: deno task chaos [--part ${CHAOS_PARTS.join("|")}] [--seed N] ` +
      `[--minutes N, at most ${MAX_MINUTES}] [--kills N, at most ${MAX_KILLS}] [--json]`,
    { cause },
  );
}
