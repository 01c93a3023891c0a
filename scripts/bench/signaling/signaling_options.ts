import { SuiteArgumentsError } from "../suite.ts";

/** The parts of the suite, in the order in which they run. */
export const SIGNALING_PARTS = ["latency", "memory", "joins", "broadcast", "takeover"] as const;
export type SignalingPart = typeof SIGNALING_PARTS[number];

/**
 * Reads `--part NAME` (also `--part=NAME`), as often as wanted; every part by default.
 *
 * @throws {SuiteArgumentsError}
 */
export function parseSignalingParts(args: readonly string[]): readonly SignalingPart[] {
  const wanted = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const [flag, value = args[++index] ?? ""] = args[index]!.split("=", 2);
    if (flag !== "--part" || !SIGNALING_PARTS.includes(value as SignalingPart)) {
      const text = `${flag} ${value}`.trim();
      throw new SuiteArgumentsError(`${text}: there is --part ${SIGNALING_PARTS.join("|")}`);
    }
    wanted.add(value);
  }
  return wanted.size === 0 ? SIGNALING_PARTS : SIGNALING_PARTS.filter((part) => wanted.has(part));
}
