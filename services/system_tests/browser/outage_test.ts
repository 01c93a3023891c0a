import { startTemporaryStack } from "../temporary_stack.ts";
import { BrowserParticipant } from "./participant.ts";

/** How long all that serves a meeting is away, milliseconds. */
const OUTAGE_MS = 5_000;
/**
 * How soon after it people see each other again, milliseconds. Chromium holds back the handshakes of
 * a page the longer the more of them failed: whoever tries too often is away for minutes.
 */
const BACK_WITHIN_MS = 20_000;

Deno.test("people see each other again soon after outages of all that serves their meeting", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using ada = await BrowserParticipant.start("Ada", 0);
  await using bob = await BrowserParticipant.start("Bob", 1);
  await ada.page.goto(stack.url);
  await ada.press("New meeting");
  await ada.page.waitForURL(/\/m\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  const link = ada.page.url();
  for (const person of [ada, bob]) await person.join(link);
  const seeEachOther = () =>
    Promise.all([ada.sees(bob, BACK_WITHIN_MS), bob.sees(ada, BACK_WITHIN_MS)]);
  await seeEachOther();
  for (const outage of ["first", "second"]) {
    await t.step(`the ${outage} outage`, async () => {
      await Promise.all([
        stack.killService("media-handler"),
        stack.killService("meeting-controller"),
      ]);
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      await stack.startService("media-handler");
      await stack.startService("meeting-controller");
      await seeEachOther();
    });
  }
});
