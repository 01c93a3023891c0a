import type { MeasuringRole } from "../../../client/src/lib/measure/measurements.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { MeasuringBrowser } from "./measuring_browser.ts";
import { startNetwork } from "./network_start.ts";
import { type MainThreadWork, PageWork } from "./page_work.ts";
import { pause } from "./pause.ts";
import { RowWatch } from "./row_watch.ts";

/** The painted picture. */
export const PICTURE = { size: { width: 1280, height: 720 }, framesPerSecond: 30 } as const;
/** How long both pages run before the measurement begins, milliseconds. */
export const SETTLE_MS = 5_000;
/** After the last phase the counters are read once more, and its last sound is heard. */
const TRAILING_MS = 300;

/** A run between two browsers, and what their pages did for it. */
export interface BrowserRun extends MeasuredRun {
  /** Main thread of the sending page, for each picture it painted. */
  readonly sending: MainThreadWork;
  /** Main thread of the receiving page, for each picture it showed; the reading of stamps is in it. */
  readonly receiving: MainThreadWork;
  /** What the browser's audio output adds to each lateness of the sound, milliseconds. */
  readonly outputLatencyMs: number;
}

/**
 * Measures a meeting of two browsers over a stack of its own: the sender on a clear path, the receiver
 * behind `profile`. The pages have to be built.
 *
 * @throws {Error} when the stack or a page does not start in time.
 */
export async function runInBrowsers(
  profile: NetworkProfile,
  durationMs: number,
): Promise<BrowserRun> {
  await using running = await startTemporaryStack({ network: "clear" });
  const { stack } = running;
  const { network } = stack;
  const code = await createMeeting(stack.url);
  const open = (role: MeasuringRole) =>
    MeasuringBrowser.start({ url: stack.url, code, role, ...PICTURE });
  await using sender = await open("send");
  using watch = new RowWatch(network.media, [network.signaling]);
  const begins = startNetwork(network, profile);
  await using receiver = await open("receive");
  const startedAtMs = await begins(SETTLE_MS);
  const paintedBefore = (await sender.measurements()).painted;
  const [sendingWork, receivingWork] = await Promise.all([
    PageWork.watch(sender.page),
    PageWork.watch(receiver.page),
  ]);
  await pause(startedAtMs + durationMs - Date.now());
  const [sending, receiving] = await Promise.all([sendingWork.done(), receivingWork.done()]);
  const { painted } = await sender.measurements();
  await pause(TRAILING_MS);
  const measurements = await receiver.measurements();
  const shown =
    measurements.shown.filter(({ atMs }) => atMs >= startedAtMs && atMs < startedAtMs + durationMs)
      .length;
  return {
    profile,
    startedAtMs,
    measurements,
    deliveries: watch.deliveries,
    fullHeight: PICTURE.size.height,
    sending: perPicture(sending, painted - paintedBefore),
    receiving: perPicture(receiving, shown),
    outputLatencyMs: measurements.outputLatencyMs,
    conditions: [
      watch.conditions(),
      ...reported("sender", sender),
      ...reported("receiver", receiver),
    ].join(", "),
  };
}

/** What a page reported as errors, in words. */
export function reported(name: string, { errors }: Pick<MeasuringBrowser, "errors">): string[] {
  const [first] = errors;
  return first === undefined ? [] : [`${name} reported ${errors.length} errors: ${first}`];
}

function perPicture({ taskMs, scriptMs }: MainThreadWork, pictures: number): MainThreadWork {
  return { taskMs: taskMs / pictures, scriptMs: scriptMs / pictures };
}
