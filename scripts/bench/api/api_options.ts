import { SuiteArgumentsError } from "../suite.ts";

/** The parts of the suite, in the order in which they run. */
export const API_PARTS = ["latency", "capacity", "limiter", "plans"] as const;
export type ApiPart = typeof API_PARTS[number];

/** What of the suite is measured. */
export interface ApiOptions {
  readonly parts: readonly ApiPart[];
  /** Rows of the table of meetings while plans are looked at. */
  readonly meetings: number;
}

/** Meetings for which the API is made. */
const DEFAULT_MEETINGS = 1_000_000;
/** Fewer would not fill the thousand organisations that share them. */
const MIN_MEETINGS = 10_000;

/**
 * Reads `--only=PART,…` and `--meetings=N`; everything, and a million meetings, by default.
 *
 * @throws {SuiteArgumentsError}
 */
export function parseApiOptions(args: readonly string[]): ApiOptions {
  let options: ApiOptions = { parts: API_PARTS, meetings: DEFAULT_MEETINGS };
  for (const arg of args) {
    const [flag, value = ""] = arg.split("=", 2);
    if (flag === "--only") options = { ...options, parts: chosenParts(arg, value) };
    else if (flag === "--meetings") options = { ...options, meetings: meetingCount(arg, value) };
    else throw new SuiteArgumentsError(`${arg}: there are --only= and --meetings=`);
  }
  return options;
}

function chosenParts(arg: string, list: string): ApiPart[] {
  const wanted = list.split(",");
  if (wanted.some((name) => !API_PARTS.includes(name as ApiPart))) {
    throw new SuiteArgumentsError(`${arg}: there are ${API_PARTS.join(", ")}`);
  }
  return API_PARTS.filter((name) => wanted.includes(name));
}

function meetingCount(arg: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < MIN_MEETINGS || count > DEFAULT_MEETINGS) {
    throw new SuiteArgumentsError(`${arg}: ${MIN_MEETINGS} to ${DEFAULT_MEETINGS} meetings`);
  }
  return count;
}
