import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../eventually.ts";
import { createMeeting } from "../guest.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { BrowserParticipant } from "./participant.ts";

/** However a picture got stuck, it moves again within this, and the time that looking takes. */
const MOVES_AGAIN_WITHIN_MS = 3_000;
/** How long a page that came back may take to show a moving picture. */
const BACK_WITHIN_MS = 2_000;
/** How long a hidden page's pictures are watched. */
const WATCHED_MS = 1_500;

/** What may befall a decoder, run in the meeting's worker; a string, since it has other types. */
const MISFORTUNES = {
  "gives nothing for a second": `
    const decode = VideoDecoder.prototype.decode;
    VideoDecoder.prototype.decode = () => {};
    setTimeout(() => VideoDecoder.prototype.decode = decode, 1_000);
  `,
  "gets a frame that is none": `
    const decode = VideoDecoder.prototype.decode;
    VideoDecoder.prototype.decode = function ({ timestamp }) {
      VideoDecoder.prototype.decode = decode;
      const data = new Uint8Array(100).fill(0xff);
      decode.call(this, new EncodedVideoChunk({ type: "key", timestamp, data }));
    };
  `,
  "is closed": `
    const decode = VideoDecoder.prototype.decode;
    VideoDecoder.prototype.decode = function () {
      VideoDecoder.prototype.decode = decode;
      this.close();
    };
  `,
};

async function inWorker(page: Page, code: string): Promise<void> {
  for (const worker of page.workers()) await worker.evaluate(`(() => {${code}})()`);
}

/** Makes the page believe that it is hidden, or shown again: headless tabs never are. */
async function setVisibility(page: Page, state: "hidden" | "visible"): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

async function moves(viewer: BrowserParticipant, name: string, withinMs: number): Promise<void> {
  const before = await viewer.picture(name);
  await eventually(`the picture of ${name} moves`, withinMs, async () => {
    const picture = await viewer.picture(name);
    return picture?.bar !== undefined && Math.abs(picture.bar - (before?.bar ?? -1)) > 0.02;
  });
}

Deno.test("pictures get over what befalls them, and are not sent to a hidden page", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using ada = await BrowserParticipant.start("Ada", 0);
  await using bob = await BrowserParticipant.start("Bob", 1);
  const link = `${stack.url}/m/${await createMeeting(stack.url)}`;
  await ada.join(link);
  await bob.join(link);
  await bob.sees(ada);

  for (const [misfortune, code] of Object.entries(MISFORTUNES)) {
    await t.step(`a picture whose decoder ${misfortune} moves again`, async () => {
      await inWorker(bob.page, code);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await moves(bob, "Ada", MOVES_AGAIN_WITHIN_MS);
    });
  }

  await t.step("a hidden page hears on but draws nothing", async () => {
    await setVisibility(bob.page, "hidden");
    await bob.hears(ada);
    const before = await bob.picture("Ada");
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    assert.deepEqual(await bob.picture("Ada"), before);
    await bob.hears(ada);
  });

  await t.step("shown again it shows moving pictures at once", async () => {
    await setVisibility(bob.page, "visible");
    await moves(bob, "Ada", BACK_WITHIN_MS);
    await bob.sees(ada);
  });

  await t.step("no page met an error", () => {
    assert.deepEqual([ada.errors, bob.errors], [[], []]);
  });
});
