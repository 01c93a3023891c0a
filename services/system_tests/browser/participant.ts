import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { eventually } from "../eventually.ts";
import { encodeTestVideo, TEST_COLORS, type TestColor } from "../fixtures/test_picture.ts";
import { encodeTestTone, TEST_TONES_HZ } from "../fixtures/test_tone.ts";
import { readersScript, readPeople, readPicture, readTone, tapSpeakers } from "./page_probes.js";

/** How long a page may take for anything a person waits for, milliseconds. */
const PATIENCE_MS = 20_000;

/** What a participant's machine has, and how large its window is. */
export interface ParticipantOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Whether there are a camera and a microphone. */
  readonly devices?: boolean;
  /** With more than one, each shows Chromium's own test picture: a film can play on one alone. */
  readonly cameras?: number;
  /** Title of the tab that a share shows, instead of the entire screen. */
  readonly sharedTab?: string;
}

/** What one participant notices of another at one moment. */
export interface SeenAndHeard {
  /** Where the white bar of its picture is, 0 to 1; undefined without the right picture. */
  readonly bar: number | undefined;
  readonly isHeard: boolean;
}

/** What a tile shows at one moment. */
export interface TilePicture {
  /** Average colour of the picture beside its white bar. */
  readonly rgb: readonly [number, number, number];
  /** Horizontal centre of the white bar, 0 to 1, or undefined when there is none. */
  readonly bar: number | undefined;
}

/** One person in a real Chromium whose camera shows one colour and whose microphone one tone. */
export class BrowserParticipant implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly color: TestColor,
    readonly toneHz: number,
    readonly page: Page,
    readonly errors: readonly string[],
    readonly context: BrowserContext,
    readonly browser: Browser,
    readonly mediaDirectory: string,
  ) {}

  /**
   * Starts a browser with the camera and microphone number `index`, or on a machine that has
   * neither.
   */
  static async start(
    name: string,
    index: number,
    { viewport = { width: 1280, height: 720 }, devices = true, cameras = 1, sharedTab }:
      ParticipantOptions = {},
  ): Promise<BrowserParticipant> {
    const color = TEST_COLORS[index]!;
    const toneHz = TEST_TONES_HZ[index]!;
    const mediaDirectory = await Deno.makeTempDir();
    const video = join(mediaDirectory, "camera.y4m");
    const audio = join(mediaDirectory, "microphone.wav");
    await Deno.writeFile(video, encodeTestVideo(color));
    await Deno.writeFile(audio, encodeTestTone(toneHz));
    const fakeDevices = [
      `--use-fake-device-for-media-stream=device-count=${cameras}`,
      ...(cameras === 1 ? [`--use-file-for-fake-video-capture=${video}`] : []),
      `--use-file-for-fake-audio-capture=${audio}`,
    ];
    const browser = await launchChromium({
      args: [
        ...(devices ? fakeDevices : []),
        "--use-fake-ui-for-media-stream",
        sharedTab === undefined
          ? "--auto-select-desktop-capture-source=Entire screen"
          : `--auto-select-tab-capture-source-by-title=${sharedTab}`,
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    const context = await browser.newContext({ viewport });
    const errors: string[] = [];
    const page = await openPage(context, errors);
    return new BrowserParticipant(
      name,
      color,
      toneHz,
      page,
      errors,
      context,
      browser,
      mediaDirectory,
    );
  }

  /** The same person in a fresh page of the same browser; the page is the caller's to close. */
  async inNewPage(): Promise<BrowserParticipant> {
    const { name, color, toneHz, context, browser, mediaDirectory } = this;
    const errors: string[] = [];
    const page = await openPage(context, errors);
    return new BrowserParticipant(
      name,
      color,
      toneHz,
      page,
      errors,
      context,
      browser,
      mediaDirectory,
    );
  }

  /** Opens `url`, gives the name and joins. */
  async join(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Join now" }).click();
    await this.page.getByRole("button", { name: "Leave" }).waitFor();
  }

  /** Presses the control with this accessible name. */
  async press(name: string): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Names of all tiles on the page. */
  async tiles(): Promise<string[]> {
    return await this.page.getByRole("group").evaluateAll((groups) =>
      groups.map((group) => group.getAttribute("aria-label") ?? "")
    );
  }

  /** What the tile of `name` shows now; undefined while it shows no picture. */
  async picture(name: string): Promise<TilePicture | undefined> {
    const tile = this.page.getByRole("group", { name, exact: true });
    if (await tile.count() !== 1) return undefined;
    return await tile.evaluate(readPicture);
  }

  /** Waits until the tile of `other` shows that person's picture, and the picture moves. */
  async sees(other: BrowserParticipant, withinMs = PATIENCE_MS): Promise<void> {
    const shown = await eventually(
      `${this.name} sees the picture of ${other.name}`,
      withinMs,
      async () => {
        const picture = await this.picture(other.name);
        return picture?.bar !== undefined && isColor(picture.rgb, other.color)
          ? picture
          : undefined;
      },
    );
    await eventually(`${this.name} sees ${other.name} move`, withinMs, async () => {
      const picture = await this.picture(other.name);
      return picture?.bar !== undefined && Math.abs(picture.bar - shown.bar!) > MOVED;
    });
  }

  /** Waits until the tone of `other` is, or is no longer, among what the speakers play. */
  async hears(other: BrowserParticipant, audible = true, withinMs = PATIENCE_MS): Promise<void> {
    const what = `${this.name} ${audible ? "hears" : "no longer hears"} ${other.name}`;
    await eventually(what, withinMs, async () => await this.#hearsNow(other.toneHz) === audible);
  }

  async #hearsNow(toneHz: number): Promise<boolean> {
    return await this.page.evaluate(readTone, toneHz) > TONE_THRESHOLD_DB;
  }

  /** What the tiles of `others` show and whether their tones are heard, all in one look. */
  async looksAt(others: readonly BrowserParticipant[]): Promise<SeenAndHeard[]> {
    const seen = await this.page.evaluate(
      readPeople,
      others.map(({ name, toneHz }) => ({ name, toneHz })),
    );
    return seen.map(({ picture, toneDb }, index) => ({
      bar: picture !== undefined && isColor(picture.rgb, others[index]!.color)
        ? picture.bar
        : undefined,
      isHeard: toneDb > TONE_THRESHOLD_DB,
    }));
  }

  /** Milliseconds at which the page set the User Timing mark `name`. */
  async mark(name: string): Promise<number> {
    return await eventually(
      `mark ${name}`,
      PATIENCE_MS,
      () =>
        this.page.evaluate((mark) => performance.getEntriesByName(mark).at(-1)?.startTime, name),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await Deno.remove(this.mediaDirectory, { recursive: true });
  }
}

async function openPage(context: BrowserContext, errors: string[]): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.addInitScript(tapSpeakers);
  await page.addInitScript({ content: readersScript });
  return page;
}

/** How far the tone's bin must stand out of the spectrum's floor near it, decibels. */
const TONE_THRESHOLD_DB = 20;
/** How far the white bar must have come for a picture to move, of its width. */
export const MOVED = 0.05;
/** Farthest distance of one colour channel after a codec, of 255. */
const COLOR_TOLERANCE = 45;

function isColor(rgb: readonly [number, number, number], { rgb: expected }: TestColor): boolean {
  return rgb.every((value, channel) => Math.abs(value - expected[channel]!) < COLOR_TOLERANCE);
}
