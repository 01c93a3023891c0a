import type { LocalDevices } from "./local_devices.svelte.ts";
import type { MediaEngine } from "./media_engine.ts";

/** Where a meeting is heard, and whether the browser lets it be heard. */
export class MeetingSound {
  #blocked = $state(false);

  constructor(
    private readonly devices: LocalDevices,
    private readonly engine: () => Promise<MediaEngine> | undefined,
  ) {}

  /** The browser keeps the page silent until somebody asks for sound. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Looks whether it is blocked. Never rejects. */
  async look(): Promise<void> {
    const engine = await this.engine()?.catch(() => undefined);
    this.#blocked = engine?.audioBlocked ?? false;
  }

  /** Lets the sound out; has to run inside a click. Never rejects. */
  async enable(): Promise<void> {
    const engine = await this.engine();
    await engine?.resumeAudio().catch(() => undefined);
    await this.look();
  }

  /** Plays on the speaker that was chosen here before. Never rejects. */
  async usePreferred(engine: MediaEngine): Promise<void> {
    const { speakerId } = this.devices;
    if (speakerId) await engine.setSpeaker(speakerId).catch(() => undefined);
    this.#blocked = engine.audioBlocked;
  }
}
