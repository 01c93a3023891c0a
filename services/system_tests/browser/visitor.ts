import type { Browser, Page } from "playwright-core";

/** How long a page may take for anything a person waits for, milliseconds. */
export const PATIENCE_MS = 20_000;

/** Somebody with a browser of their own, and what went wrong in its pages. */
export interface Visitor {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Somebody whom the browser knows nothing of yet. */
export async function visitor(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  return { page, errors };
}

/** Presses the button of this name. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Fills the fields with these labels. */
export async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
}

/** Opens an address anew, even where only what follows the # differs. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(url);
}
