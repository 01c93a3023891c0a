import type { Browser, Page } from "playwright-core";
import type { Measurements, MeasuringRole } from "../../../client/src/lib/measure/measurements.ts";
import type { WebRtcPeer } from "../../../client/src/lib/measure/webrtc_peer.ts";
import { launchChromium } from "../../../services/system_tests/chromium.ts";
import { eventually } from "../../../services/system_tests/eventually.ts";

/** How long a page may take to open and to begin, milliseconds. */
const PATIENCE_MS = 20_000;
const VIEWPORT = { width: 1280, height: 960 };

/** How a measuring page is opened. */
export interface MeasuringBrowserOptions {
  /** Origin of pages and API. */
  readonly url: string;
  readonly code: string;
  readonly role: MeasuringRole;
  /** The painted picture, pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly framesPerSecond?: number;
}

/** A Chromium of its own in which one measuring page runs. */
export class MeasuringBrowser implements AsyncDisposable {
  private constructor(
    /** The page, for whoever looks at it. */
    readonly page: Page,
    /** What the page reported as errors. */
    readonly errors: readonly string[],
    private readonly browser: Browser,
  ) {}

  /** Starts a browser whose page begins by itself, and waits until it measures. */
  static async start(options: MeasuringBrowserOptions): Promise<MeasuringBrowser> {
    const browser = await MeasuringBrowser.open(options);
    try {
      await browser.running();
      return browser;
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a browser whose page begins by itself; `flags` are further ones of Chromium. */
  static async open(
    options: MeasuringBrowserOptions,
    flags: readonly string[] = [],
  ): Promise<MeasuringBrowser> {
    const { url, code, role, size = { width: 1280, height: 720 }, framesPerSecond = 30 } = options;
    const browser = await launchChromium({
      args: ["--autoplay-policy=no-user-gesture-required", ...flags],
    });
    try {
      const page = await browser.newPage({ viewport: VIEWPORT });
      page.setDefaultTimeout(PATIENCE_MS);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      const query = `role=${role}&size=${size.width}x${size.height}&fps=${framesPerSecond}&auto`;
      await page.goto(`${url}/measure/${code}?${query}`);
      return new MeasuringBrowser(page, errors, browser);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Waits until the page measures. */
  async running(): Promise<void> {
    await this.page.getByRole("status").filter({ hasText: "Running" }).waitFor();
  }

  /** What the page has measured so far. */
  async measurements(): Promise<Measurements> {
    // A string: this module has no types of the page's globals.
    return await this.page.evaluate("darkTowerMeasurements()");
  }

  /** Calls the page's `darkTowerPeer`, once it is there; a description is its argument, or its answer. */
  async peer(call: keyof WebRtcPeer, description = ""): Promise<string> {
    const ready = () => this.page.evaluate<boolean>("globalThis.darkTowerPeer !== undefined");
    await eventually("the page offers WebRTC", PATIENCE_MS, ready);
    return await this.page.evaluate(`darkTowerPeer.${call}(${JSON.stringify(description)})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}
