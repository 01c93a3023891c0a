import type { MediaEngine } from "./media_engine.ts";

/** How starting a share went. */
export type ShareOutcome = "shared" | "declined" | "failed";

/** The screens that this person shares, by the id of the stream they go out as. */
export class ScreenShares {
  #streams = $state.raw<ReadonlyMap<string, MediaStream>>(new Map());

  /** @param onEnded a share ended here, or by the browser's own button: tell the meeting */
  constructor(private readonly onEnded: (streamId: string) => void) {}

  get streams(): ReadonlyMap<string, MediaStream> {
    return this.#streams;
  }

  /** Lets the person choose a screen and publishes it. Has to run inside a click. Never rejects. */
  async start(engine: Promise<MediaEngine> | undefined): Promise<ShareOutcome> {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 30 } },
        audio: true,
      });
    } catch (error) {
      // Closing the browser's picker is a decision, not a failure.
      const declined = error instanceof DOMException && error.name === "NotAllowedError";
      return declined ? "declined" : "failed";
    }
    try {
      if (!engine) throw new Error("there is no meeting to share into");
      const streamId = await (await engine).shareScreen(stream);
      this.#streams = new Map([...this.#streams, [streamId, stream]]);
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

  /** Ends one share; one that is not there is no error. */
  stop(streamId: string): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#streams = new Map([...this.#streams].filter(([id]) => id !== streamId));
    stopTracks(stream);
    this.onEnded(streamId);
  }

  /** Ends all shares without telling the meeting, because it is over. */
  clear(): void {
    for (const stream of this.#streams.values()) stopTracks(stream);
    this.#streams = new Map();
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
