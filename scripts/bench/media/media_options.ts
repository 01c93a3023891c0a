import {
  NETWORK_PRESETS,
  type NetworkPresetName,
} from "../../../services/stack/network/network_presets.ts";
import { SuiteArgumentsError } from "../suite.ts";

/** The parts of the suite, in the order in which they run. */
export const MEDIA_PARTS = ["cpu", "clean", "joins", "core", "networks"] as const;
export type MediaPart = typeof MEDIA_PARTS[number];

/** What of the suite is measured. */
export interface MediaOptions {
  readonly parts: readonly MediaPart[];
  /** The networks that browsers and client cores are measured on. */
  readonly rows: readonly NetworkPresetName[];
  /** Whether Chromium's WebRTC is measured on the same networks. */
  readonly webrtc: boolean;
}

const ROWS = NETWORK_PRESETS.map(({ name }) => name);

/**
 * Reads `--only=PART,…`, `--rows=NETWORK,…` and `--webrtc`; everything but WebRTC by default.
 *
 * @throws {SuiteArgumentsError}
 */
export function parseMediaOptions(args: readonly string[]): MediaOptions {
  let options: MediaOptions = { parts: MEDIA_PARTS, rows: ROWS, webrtc: false };
  for (const arg of args) {
    const [flag, list] = arg.split("=", 2);
    if (arg === "--webrtc") options = { ...options, webrtc: true };
    else if (flag === "--only") options = { ...options, parts: chosen(arg, list, MEDIA_PARTS) };
    else if (flag === "--rows") options = { ...options, rows: chosen(arg, list, ROWS) };
    else throw new SuiteArgumentsError(`${arg}: there are --only=, --rows= and --webrtc`);
  }
  return options;
}

/** The listed ones, in the order of `all`. */
function chosen<Name extends string>(arg: string, list = "", all: readonly Name[]): Name[] {
  const wanted = list.split(",");
  if (wanted.some((name) => !all.includes(name as Name))) {
    throw new SuiteArgumentsError(`${arg}: there are ${all.join(", ")}`);
  }
  return all.filter((name) => wanted.includes(name));
}
