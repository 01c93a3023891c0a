import { ROOT } from "../../services/stack/stack.ts";
import { buildPages } from "../pages_build.ts";
import type { Figure } from "./figure.ts";
import { measureClean } from "./media/clean_part.ts";
import { measureForwardingCost } from "./media/cpu_part.ts";
import { measureJoinTimes } from "./media/join_part.ts";
import { type MediaOptions, type MediaPart, parseMediaOptions } from "./media/media_options.ts";
import { measureCores, measureNetworks } from "./media/network_part.ts";
import type { Progress } from "./suite.ts";

const PARTS: Readonly<
  Record<MediaPart, (options: MediaOptions, progress: Progress) => Promise<Figure[]>>
> = {
  cpu: (_, progress) => measureForwardingCost(progress),
  clean: (_, progress) => measureClean(progress),
  joins: (_, progress) => measureJoinTimes(progress),
  core: measureCores,
  networks: measureNetworks,
};

/**
 * `deno task bench media [--only=PART,…] [--rows=NETWORK,…] [--webrtc]`: how media fare on clean and
 * bad networks, with browsers and without, beside Chromium's WebRTC if wanted.
 *
 * @throws {SuiteArgumentsError} when the arguments make no sense.
 */
export async function measureMedia(
  progress: Progress,
  args: readonly string[],
): Promise<Figure[]> {
  const options = parseMediaOptions(args);
  await buildPages(ROOT);
  const figures: Figure[] = [];
  for (const part of options.parts) figures.push(...await PARTS[part](options, progress));
  return figures;
}
