import { BrowserParticipant } from "../../services/system_tests/browser/participant.ts";
import type { Stack } from "../../services/stack/stack.ts";

/** Milliseconds from the click on "Join now" to each mark (User Timing `dt.join.*`). */
export interface JoinTimes {
  readonly signaling: number;
  readonly media: number;
  readonly firstFrame: number;
}

/** How the joiner comes in. */
export type JoinKind =
  /** The pre-join page has been open and has prepared both connections. */
  | "warm"
  /** The page was just opened; the click comes as soon as the button does. */
  | "cold";

/** How long a warm pre-join page is open before the click, milliseconds. */
const WARM_PAGE_MS = 1_500;

/**
 * Lets a second browser join a meeting in which one person sends camera and microphone, `count`
 * times, each time in a fresh page.
 *
 * @param onHostJoined is called before the second browser comes.
 */
export async function measureJoins(
  stack: Stack,
  kind: JoinKind,
  count: number,
  onHostJoined: () => void = () => {},
): Promise<JoinTimes[]> {
  await using host = await BrowserParticipant.start("Host", 0);
  await host.page.goto(stack.url);
  await host.press("New meeting");
  await host.page.waitForURL(/\/m\/[a-z-]+$/);
  const link = host.page.url();
  await host.join(link);
  onHostJoined();
  await using joiner = await BrowserParticipant.start("Joiner", 1);
  const times: JoinTimes[] = [];
  // One join more than asked for: the first one of a browser process pays for its start.
  for (let round = 0; round <= count; round++) {
    const measured = await measureJoin(await joiner.inNewPage(), link, kind, `Joiner ${round}`);
    if (round > 0) times.push(measured);
  }
  return times;
}

/** One join in a page of its own, which is closed afterwards. */
async function measureJoin(
  joiner: BrowserParticipant,
  link: string,
  kind: JoinKind,
  name: string,
): Promise<JoinTimes> {
  const { page } = joiner;
  try {
    await page.goto(link);
    await page.getByLabel("Your name").fill(name);
    if (kind === "warm") await page.waitForTimeout(WARM_PAGE_MS);
    await joiner.press("Join now");
    const firstFrame = await joiner.mark("dt.join.first-frame");
    const click = await joiner.mark("dt.join.click");
    const since = async (mark: string) => Math.max(0, await joiner.mark(mark) - click);
    return {
      signaling: await since("dt.join.signaling"),
      media: await since("dt.join.media"),
      firstFrame: firstFrame - click,
    };
  } finally {
    await page.close();
  }
}
