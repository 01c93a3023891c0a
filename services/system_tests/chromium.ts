import { type Browser, chromium } from "playwright-core";

/** Names under which systems install Chromium, in the order in which we look for them. */
const EXECUTABLE_NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** Chromium starts within this or not at all, ms. */
const LAUNCH_TIMEOUT_MS = 30_000;

/** What every test needs of Chromium. QUIC must stay on: WebTransport is made of it. */
const BASE_ARGUMENTS = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
];

/** How a test starts Chromium. */
export interface LaunchOptions {
  /** Switches besides the ones every test needs, such as fake capture devices. */
  readonly args?: readonly string[];
}

/**
 * Starts the system's Chromium: the file that `DT_CHROMIUM` names, or the first of `chromium`,
 * `chromium-browser` and `google-chrome` on PATH. The caller closes it.
 *
 * @throws {Error} that says what to install when there is none.
 */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  return await chromium.launch({
    executablePath: findChromium(),
    // Its own headless switch differs from the browser people run: ours is among the arguments.
    headless: false,
    args: [...BASE_ARGUMENTS, ...(options.args ?? [])],
    timeout: LAUNCH_TIMEOUT_MS,
  });
}

/**
 * The path of the Chromium that {@link launchChromium} starts.
 *
 * @throws {Error} that says what to install when there is none.
 */
export function findChromium(
  env: { get(name: string): string | undefined } = Deno.env,
): string {
  const chosen = env.get("DT_CHROMIUM");
  if (chosen) {
    if (isFile(chosen)) return chosen;
    throw new Error(`DT_CHROMIUM names ${chosen}, which is no file`);
  }
  for (const directory of (env.get("PATH") ?? "").split(":")) {
    for (const name of EXECUTABLE_NAMES) {
      if (directory !== "" && isFile(`${directory}/${name}`)) return `${directory}/${name}`;
    }
  }
  throw new Error(
    `No Chromium found. Install one (Debian: apt-get install chromium) so that PATH has one of ` +
      `${EXECUTABLE_NAMES.join(", ")}, or set DT_CHROMIUM to its path.`,
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
