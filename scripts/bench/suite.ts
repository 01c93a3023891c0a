import type { Figure } from "./figure.ts";

/** Says on standard error what is being done, since that may take minutes. */
export type Progress = (text: string) => void;

/** Measures all figures of a suite; throws {@link SuiteArgumentsError} when it refuses `args`. */
export type Suite = (progress: Progress, args: readonly string[]) => Promise<Figure[]>;

/** Arguments that a suite does not understand; the message says which, and what there is. */
export class SuiteArgumentsError extends Error {
  override readonly name = "SuiteArgumentsError";
}

/** A suite that takes no arguments of its own. */
export function withoutArguments(measure: (progress: Progress) => Promise<Figure[]>): Suite {
  return async (progress, args) => {
    if (args.length > 0) throw new SuiteArgumentsError(`${args[0]}: this suite takes no arguments`);
    return await measure(progress);
  };
}
