import { MAXIMUM_SHARES } from "../meeting_worker/local_stream_limits.ts";
import type { MediaEngine, ShareMode } from "./media_engine.ts";

/** How starting a share went. */
export type ShareOutcome = "shared" | "declined" | "failed";

/** A screen that this person shares. */
export interface OwnShare {
  readonly stream: MediaStream;
  readonly mode: ShareMode;
}

/** The parts of getDisplayMedia that TypeScript's DOM library lacks (W3C screen-capture). */
interface DisplayMediaOptions extends DisplayMediaStreamOptions {
  readonly systemAudio: "include" | "exclude";
  readonly surfaceSwitching: "include" | "exclude";
  readonly audio: MediaTrackConstraints & {
    readonly suppressLocalAudioPlayback: boolean;
    readonly restrictOwnAudio: boolean;
  };
}

/**
 * What to ask the browser for: the screen with all its sound as it is. Who shares goes on hearing it, and what this page
 * plays is left out, or everybody would hear themselves.
 */
const DISPLAY_OPTIONS: DisplayMediaOptions = {
  video: { frameRate: { ideal: 30 } },
  audio: {
    channelCount: 2,
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    suppressLocalAudioPlayback: false,
    restrictOwnAudio: true,
  },
  systemAudio: "include",
  surfaceSwitching: "include",
};

/** The screens that this person shares, by the id of the stream they go out as. */
export class ScreenShares {
  #shares = $state.raw<ReadonlyMap<string, OwnShare>>(new Map());

  /** @param onEnded a share ended here, or by the browser's own button: tell the meeting */
  constructor(private readonly onEnded: (streamId: string) => void) {}

  get shares(): ReadonlyMap<string, OwnShare> {
    return this.#shares;
  }

  get full(): boolean {
    return this.#shares.size >= MAXIMUM_SHARES;
  }

  /** Lets the person choose a screen and publishes it. Has to run inside a click. Never rejects. */
  async start(engine: Promise<MediaEngine> | undefined): Promise<ShareOutcome> {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia(DISPLAY_OPTIONS);
    } catch (error) {
      // Closing the browser's picker is a decision, not a failure.
      const declined = error instanceof DOMException && error.name === "NotAllowedError";
      return declined ? "declined" : "failed";
    }
    try {
      if (!engine) throw new Error("there is no meeting to share into");
      // Most of what is shared is read; whoever shows a film says so.
      const mode = "text";
      const streamId = await (await engine).shareScreen(stream, mode);
      this.#shares = new Map([...this.#shares, [streamId, { stream, mode }]]);
      const [track] = stream.getVideoTracks();
      track?.addEventListener("ended", () => this.stop(streamId), { once: true });
      // It may have ended while the meeting was answering.
      if (track?.readyState === "ended") this.stop(streamId);
      return "shared";
    } catch {
      stopTracks(stream);
      return "failed";
    }
  }

  /** Notes what a share is used for; one that is not there is no error. */
  setMode(streamId: string, mode: ShareMode): void {
    const share = this.#shares.get(streamId);
    if (!share) return;
    // In its place: the order of tiles must not change.
    this.#shares = new Map(
      [...this.#shares].map(([id, own]) => [id, id === streamId ? { ...own, mode } : own]),
    );
  }

  /** Ends one share; one that is not there is no error. */
  stop(streamId: string): void {
    const share = this.#shares.get(streamId);
    if (!share) return;
    this.#shares = new Map([...this.#shares].filter(([id]) => id !== streamId));
    stopTracks(share.stream);
    this.onEnded(streamId);
  }

  /** Ends all shares without telling the meeting, because it is over. */
  clear(): void {
    for (const { stream } of this.#shares.values()) stopTracks(stream);
    this.#shares = new Map();
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
