import {
  type WindowStatistics,
  windowStatistics,
} from "../../../client/src/lib/measure/window_statistics.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { PICTURE, SETTLE_MS } from "./browser_run.ts";
import { MeasuringBrowser } from "./measuring_browser.ts";
import { pause } from "./pause.ts";

/**
 * Measures what the instrument adds by itself: one page shows and plays what it makes, without a
 * meeting. The pages have to be built.
 *
 * @throws {Error} when the stack or the page does not start.
 */
export async function measureInstrument(durationMs: number): Promise<WindowStatistics> {
  // Pages come from a stack; nothing else of it is used.
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const code = await createMeeting(url);
  await using page = await MeasuringBrowser.start({ url, code, role: "base", ...PICTURE });
  await pause(SETTLE_MS);
  const startedAtMs = Date.now();
  await pause(durationMs);
  return windowStatistics(await page.measurements(), startedAtMs, startedAtMs + durationMs);
}
