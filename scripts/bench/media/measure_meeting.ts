import type { Measurements, MeasuringRole } from "../../../client/src/lib/measure/measurements.ts";
import {
  type WindowStatistics,
  windowStatistics,
} from "../../../client/src/lib/measure/window_statistics.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { MeasuringBrowser } from "./measuring_browser.ts";

/** A stretch of the measurement, in milliseconds from the moment at which it began. */
export interface MeasuredWindow {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is measured. */
export interface MeetingMeasurement {
  /** The network between the browsers and the servers: a profile, or its text; none by default. */
  readonly network?: NetworkProfile | string;
  /** The painted picture, pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly framesPerSecond?: number;
  /** How long both pages run before the measurement begins, milliseconds. */
  readonly settleMs: number;
  readonly windows: readonly MeasuredWindow[];
}

/** A window's name and what was measured in it. */
export interface MeasuredStatistics extends WindowStatistics {
  readonly window: string;
  /** Pictures that the sender painted in all. */
  readonly painted: number;
  /** What of each lateness is the browser's audio output, which no meeting can change, ms. */
  readonly outputLatencyMs: number;
}

/**
 * Measures one meeting of two browsers, one sending and one receiving, over a stack of its own. The
 * pages have to be built. A network begins its changes over time when the measurement begins.
 *
 * @throws {Error} when the stack or a page does not start, or a page reported an error.
 */
export async function measureMeeting(
  measurement: MeetingMeasurement,
): Promise<MeasuredStatistics[]> {
  const { network, windows, settleMs } = measurement;
  await using running = await startTemporaryStack(network === undefined ? {} : { network });
  const { stack } = running;
  const code = await createMeeting(stack.url);
  const open = (role: MeasuringRole) =>
    MeasuringBrowser.start({ url: stack.url, code, role, ...measurement });
  await using sender = await open("send");
  await using receiver = await open("receive");
  await pause(settleMs);
  if (network !== undefined) stack.network?.setProfile(network);
  const startedAtMs = Date.now();
  await pause(Math.max(0, ...windows.map(({ toMs }) => toMs)));
  const { painted } = await sender.measurements();
  return sumUp(await receiver.measurements(), painted, windows, startedAtMs, [
    ...sender.errors,
    ...receiver.errors,
  ]);
}

/** Measures what the instrument adds by itself: one page shows what it paints, without a meeting. */
export async function measureBase(
  measurement: Omit<MeetingMeasurement, "network">,
): Promise<MeasuredStatistics[]> {
  const { windows, settleMs } = measurement;
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const code = await createMeeting(url);
  await using page = await MeasuringBrowser.start({ url, code, role: "base", ...measurement });
  await pause(settleMs);
  const startedAtMs = Date.now();
  await pause(Math.max(0, ...windows.map(({ toMs }) => toMs)));
  const measured = await page.measurements();
  return sumUp(measured, measured.painted, windows, startedAtMs, page.errors);
}

function sumUp(
  measured: Measurements,
  painted: number,
  windows: readonly MeasuredWindow[],
  startedAtMs: number,
  errors: readonly string[],
): MeasuredStatistics[] {
  if (errors.length > 0) throw new Error(`a page reported:\n${errors.join("\n")}`);
  return windows.map(({ name, fromMs, toMs }) => ({
    window: name,
    painted,
    outputLatencyMs: measured.outputLatencyMs,
    ...windowStatistics(measured, startedAtMs + fromMs, startedAtMs + toMs),
  }));
}

async function pause(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}
