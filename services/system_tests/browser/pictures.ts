import { join } from "node:path";
import type { Page } from "playwright-core";

/** Where to leave pictures of pages; nowhere by default. */
const FOLDER = Deno.env.get("DT_SCREENSHOTS");
const WINDOWS = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 800 } };

/** A page, and whose it is. */
interface Shown {
  readonly name: string;
  readonly page: Page;
}

let steps = 0;

/** Leaves a picture of each page in a wide and in a narrow window, when a folder is set for them. */
export async function keepPictures(step: string, shown: readonly Shown[]): Promise<void> {
  if (FOLDER === undefined) return;
  await Deno.mkdir(FOLDER, { recursive: true });
  const prefix = `${String(++steps).padStart(2, "0")} ${step}`;
  for (const { name, page } of shown) {
    if (page.isClosed()) continue;
    const before = page.viewportSize();
    for (const [width, size] of Object.entries(WINDOWS)) {
      await page.setViewportSize(size);
      await page.screenshot({ path: join(FOLDER, `${prefix} ${name} ${width}.png`) });
    }
    if (before !== null) await page.setViewportSize(before);
  }
}
