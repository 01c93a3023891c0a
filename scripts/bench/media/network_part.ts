import {
  type NetworkPreset,
  networkPreset,
} from "../../../services/stack/network/network_presets.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { parseNetworkProfile } from "../../../services/stack/network/network_profile_text.ts";
import type { Figure } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { coreAim, NETWORK_AIMS } from "./aims.ts";
import { attempt } from "./attempt.ts";
import { runInBrowsers } from "./browser_run.ts";
import { runClientCores } from "./core_run.ts";
import type { MeasuredRun } from "./measured_run.ts";
import type { MediaOptions } from "./media_options.ts";
import { rowFigures } from "./network_figures.ts";
import { phasesOf } from "./phases.ts";
import { runWebRtc } from "./webrtc_baseline.ts";

/** Browsers on every network that was chosen; with WebRTC's figures of the same run if wanted. */
export async function measureNetworks(
  { rows, webrtc }: MediaOptions,
  progress: Progress,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of rows) {
    const network = networkPreset(name);
    const failures: Figure[] = [];
    const baseline = webrtc
      ? await baselineOrFailure(network, progress, (failed) => failures.push(...failed))
      : undefined;
    const measured = await attempt(`browsers ${name}: ${network.words}`, progress, async () => {
      const run = await runOn(network, runInBrowsers);
      return rowFigures(run, {
        subject: "browsers",
        network,
        aimOf: (phase, metric) => NETWORK_AIMS[name][phase]?.[metric] ?? {},
        webrtc: baseline,
      });
    });
    figures.push(...measured, ...failures);
  }
  return figures;
}

/** Client cores without browsers on every network that was chosen. */
export async function measureCores(
  { rows }: MediaOptions,
  progress: Progress,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of rows) {
    const network = networkPreset(name);
    const row = await attempt(
      `client core ${name}: ${network.words}`,
      progress,
      async () =>
        rowFigures(await runOn(network, runClientCores), {
          subject: "client core",
          network,
          aimOf: (phase, metric) => coreAim(name, phase, metric),
          // Nothing is played, so nothing is late and no lips move.
          without: ["latenessP50Ms", "lipSyncP50Ms"],
        }),
    );
    figures.push(...row);
  }
  return figures;
}

/** WebRTC on that network; undefined, and a figure that says why, when it could not be measured. */
async function baselineOrFailure(
  network: NetworkPreset,
  progress: Progress,
  onFailure: (figures: Figure[]) => void,
): Promise<MeasuredRun | undefined> {
  let run: MeasuredRun | undefined;
  const name = `WebRTC peer to peer ${network.name}: ${network.words}`;
  onFailure(
    await attempt(name, progress, async () => {
      run = await runOn(network, runWebRtc);
      return [];
    }),
  );
  return run;
}

async function runOn<Run>(
  { text }: NetworkPreset,
  run: (profile: NetworkProfile, durationMs: number) => Promise<Run>,
): Promise<Run> {
  const profile = parseNetworkProfile(text);
  return await run(profile, phasesOf(profile).durationMs);
}
