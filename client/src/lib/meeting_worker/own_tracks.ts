import {
  type AudioInput,
  captureAudio,
  captureVideo,
  type VideoInput,
} from "../capture/track_capture.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import type { LocalStreamIds, WorkerRequests } from "./protocol.ts";
import type { RequestChannel } from "./request_channel.ts";
import { TrackEnds } from "./track_ends.ts";

/** What a share's track is for, in words of the browser (W3C mst-content-hint). */
const CONTENT_HINTS: Readonly<Record<ShareMode, string>> = { text: "detail", motion: "motion" };

/** The tracks somebody joins with; they stay the page's to stop. */
export interface TracksOfJoin {
  readonly microphone?: MediaStreamTrack;
  readonly microphoneMuted: boolean;
  readonly camera?: MediaStreamTrack;
  readonly cameraOff: boolean;
}

/** The page's tracks on their way into the meeting: captured for the worker, and watched for their end. */
export class OwnTracks {
  readonly #requests: RequestChannel<WorkerRequests>;
  readonly #onEnded: (streamId: string) => void;
  readonly #ends: TrackEnds;
  readonly #extraCameras = new Set<string>();
  readonly #shares = new Map<string, MediaStreamTrack>();
  #ids: LocalStreamIds = {};

  /** `onEnded` is told of a stream that ended by itself. */
  constructor(requests: RequestChannel<WorkerRequests>, onEnded: (streamId: string) => void) {
    this.#requests = requests;
    this.#onEnded = onEnded;
    this.#ends = new TrackEnds((streamId) => this.#trackEnded(streamId));
  }

  /** Asks the worker to join with these tracks, before it returns. */
  async join(options: TracksOfJoin & { readonly name: string }): Promise<void> {
    const { name, microphoneMuted, cameraOff } = options;
    const microphone = options.microphone && captureAudio(options.microphone);
    const camera = options.camera && captureVideo(options.camera);
    this.#ids = await this.#requests.request("join", {
      name,
      ...(microphone ? { microphone } : {}),
      microphoneMuted,
      ...(camera ? { camera } : {}),
      cameraOff,
    }, transferables(microphone, camera));
    this.#ends.watch(options.microphone, this.#ids.microphone);
    this.#ends.watch(options.camera, this.#ids.camera);
  }

  /** Changes the microphone; without one the stream is muted. */
  async setMicrophone(track: MediaStreamTrack | undefined): Promise<void> {
    const microphone = track && captureAudio(track);
    this.#ids = await this.#requests.request(
      "set-microphone",
      microphone ? { microphone } : {},
      transferables(microphone),
    );
    this.#ends.watch(track, this.#ids.microphone);
  }

  /** Changes the camera; without one the stream is muted. */
  async setCamera(track: MediaStreamTrack | undefined): Promise<void> {
    const camera = track && captureVideo(track);
    this.#ids = await this.#requests.request(
      "set-camera",
      camera ? { camera } : {},
      transferables(camera),
    );
    this.#ends.watch(track, this.#ids.camera);
  }

  /** Sends another camera besides the first; resolves to the id to remove it with. */
  async addCamera(track: MediaStreamTrack, label: string): Promise<string> {
    const camera = { ...captureVideo(track), label };
    const { streamId } = await this.#requests.request(
      "add-camera",
      { camera },
      transferables(camera),
    );
    this.#extraCameras.add(streamId);
    this.#ends.watch(track, streamId);
    return streamId;
  }

  /** Ends a camera that was added. */
  async removeCamera(streamId: string): Promise<void> {
    this.#forget(streamId);
    await this.#requests.request("remove-camera", { streamId });
  }

  /**
   * Shares a screen, with its sound if the stream has any; resolves to the id to stop it with.
   *
   * @throws {TypeError} when the stream has no picture.
   */
  async share(stream: MediaStream, mode: ShareMode): Promise<string> {
    const track = stream.getVideoTracks()[0];
    if (!track) throw new TypeError("the shared stream has no picture");
    track.contentHint = CONTENT_HINTS[mode];
    const soundTrack = stream.getAudioTracks()[0];
    const screen = captureVideo(track);
    const sound = soundTrack && captureAudio(soundTrack);
    const { streamId } = await this.#requests.request(
      "share-screen",
      { screen, ...(sound ? { sound } : {}), mode },
      transferables(screen, sound),
    );
    this.#shares.set(streamId, track);
    this.#ends.watch(track, streamId);
    return streamId;
  }

  /** Changes what a screen that is being shared is encoded for. */
  async setShareMode(streamId: string, mode: ShareMode): Promise<void> {
    const track = this.#shares.get(streamId);
    if (track) track.contentHint = CONTENT_HINTS[mode];
    await this.#requests.request("set-share-mode", { streamId, mode });
  }

  /** Ends a shared screen. */
  async stopShare(streamId: string): Promise<void> {
    this.#forget(streamId);
    await this.#requests.request("stop-share", { streamId });
  }

  /** The worker sends this stream no longer. */
  ended(streamId: string): void {
    this.#forget(streamId);
    this.#onEnded(streamId);
  }

  /** Watches no track any more. */
  clear(): void {
    this.#ends.clear();
  }

  #trackEnded(streamId: string): void {
    // The others must not look at a picture that stands still: a device mutes, a share ends.
    const told = streamId === this.#ids.microphone
      ? this.#requests.request("set-microphone", {})
      : streamId === this.#ids.camera
      ? this.#requests.request("set-camera", {})
      : this.#extraCameras.has(streamId)
      ? this.#requests.request("remove-camera", { streamId })
      : this.#requests.request("stop-share", { streamId });
    // Should the worker fail here, it fails as a whole, and that is in the state.
    told.catch(() => undefined);
    this.ended(streamId);
  }

  #forget(streamId: string): void {
    this.#ends.forget(streamId);
    this.#extraCameras.delete(streamId);
    this.#shares.delete(streamId);
  }
}

function transferables(...inputs: (AudioInput | VideoInput | undefined)[]): Transferable[] {
  return inputs
    .filter((input) => input !== undefined)
    .map((input) => "sound" in input ? input.sound : input.frames);
}
