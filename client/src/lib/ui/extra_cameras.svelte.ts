import { MAXIMUM_EXTRA_CAMERAS } from "../meeting_worker/local_stream_limits.ts";
import { CAMERA_QUALITY } from "./capture_device.svelte.ts";
import type { MediaEngine } from "./media_engine.ts";

/** A camera besides the first. */
export interface ExtraCamera {
  readonly track: MediaStreamTrack;
  readonly deviceId: string;
  /** Its name for people. */
  readonly label: string;
}

/** The cameras that this person shows besides the first, by the id of the stream they go out as. */
export class ExtraCameras {
  #cameras = $state.raw<ReadonlyMap<string, ExtraCamera>>(new Map());

  /** @param onEnded a camera ended here, or was pulled out: tell the meeting */
  constructor(private readonly onEnded: (streamId: string) => void) {}

  get cameras(): ReadonlyMap<string, ExtraCamera> {
    return this.#cameras;
  }

  get full(): boolean {
    return this.#cameras.size >= MAXIMUM_EXTRA_CAMERAS;
  }

  /** Opens a camera and publishes it under this name; false when it cannot be had. Never rejects. */
  async add(
    deviceId: string,
    label: string,
    engine: Promise<MediaEngine> | undefined,
  ): Promise<boolean> {
    let track: MediaStreamTrack | undefined;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { ...CAMERA_QUALITY, deviceId: { exact: deviceId } },
      });
      track = stream.getVideoTracks()[0];
      if (!track || !engine) throw new Error("there is no camera, or no meeting");
      const camera: ExtraCamera = { track, deviceId, label };
      const streamId = await (await engine).addCamera(track, label);
      this.#cameras = new Map([...this.#cameras, [streamId, camera]]);
      track.addEventListener("ended", () => this.remove(streamId), { once: true });
      // It may have been pulled out while the meeting was answering.
      if (track.readyState === "ended") this.remove(streamId);
      return true;
    } catch {
      track?.stop();
      return false;
    }
  }

  /** Ends one camera; one that is not there is no error. */
  remove(streamId: string): void {
    const camera = this.#cameras.get(streamId);
    if (!camera) return;
    this.#cameras = new Map([...this.#cameras].filter(([id]) => id !== streamId));
    camera.track.stop();
    this.onEnded(streamId);
  }

  /** Ends all without telling the meeting, because it is over. */
  clear(): void {
    for (const { track } of this.#cameras.values()) track.stop();
    this.#cameras = new Map();
  }
}
