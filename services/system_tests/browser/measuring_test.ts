import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { eventually } from "../eventually.ts";
import { createMeeting } from "../guest.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

/** How long pages may take to open, join and measure enough on a busy machine, milliseconds. */
const PATIENCE_MS = 20_000;
/** Whatever is later than this on one machine was not measured but misread, milliseconds. */
const LATEST_MS = 2_000;
const ENOUGH_PICTURES = 30;
const ENOUGH_STEPS = 3;

/** What of a measuring page's answer this test looks at. */
interface Measured {
  readonly shown: readonly {
    readonly atMs: number;
    readonly stampMs: number;
    readonly frameNumber: number;
    readonly width: number;
    readonly height: number;
  }[];
  readonly steps: readonly { readonly latenessMs: number }[];
}

async function openBrowser(): Promise<{ browser: Browser } & AsyncDisposable> {
  const browser = await launchChromium({ args: ["--autoplay-policy=no-user-gesture-required"] });
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

async function open(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(address);
  return page;
}

/** What the page has measured, once it is enough to judge. */
async function measured(page: Page): Promise<Measured> {
  return await eventually("the page has measured pictures and tones", PATIENCE_MS, async () => {
    const answer: Measured | undefined = await page.evaluate(
      "globalThis.darkTowerMeasurements?.()",
    );
    const enough = answer && answer.shown.length >= ENOUGH_PICTURES &&
      answer.steps.length >= ENOUGH_STEPS;
    return enough ? answer : undefined;
  });
}

function assertPlausible({ shown, steps }: Measured): void {
  for (const { atMs, stampMs, width, height } of shown) {
    assert.ok(atMs - stampMs > -1 && atMs - stampMs < LATEST_MS, `${atMs - stampMs} ms`);
    assert.deepEqual([width, height], [320, 180]);
  }
  shown.slice(1).forEach(({ frameNumber }, index) => {
    assert.ok(frameNumber > shown[index]!.frameNumber, "pictures come in the order of painting");
  });
  // A page that begins on a busy machine may place the first tone wrongly on the wall clock.
  const misread = steps.filter(({ latenessMs }) => latenessMs <= 0 || latenessMs >= LATEST_MS);
  assert.ok(misread.length <= 1, steps.map(({ latenessMs }) => `${latenessMs} ms`).join(", "));
}

Deno.test("a page measures how late pictures and sound of another one come through a meeting", async () => {
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const code = await createMeeting(url);
  await using sending = await openBrowser();
  await using receiving = await openBrowser();
  await open(sending.browser, `${url}/measure/${code}?role=send&size=320x180&auto`);
  const receiver = await open(receiving.browser, `${url}/measure/${code}?role=receive&auto`);
  assertPlausible(await measured(receiver));
});

Deno.test("a page measures what the instrument adds by itself, at the press of a button", async () => {
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const code = await createMeeting(url);
  await using browsing = await openBrowser();
  const page = await open(browsing.browser, `${url}/measure/${code}?size=320x180`);
  await page.getByRole("button", { name: "Instrument only" }).click();
  assertPlausible(await measured(page));
});
