import type { MeetingActions } from "../../../core/meeting/meeting_actions.ts";
import { INITIAL_MEETING_STATE, type MeetingState } from "../../../core/meeting/meeting_state.ts";
import { missingCapabilities, UnsupportedBrowserError } from "../capture/track_capture.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import { CanvasRegistry } from "./canvas_registry.ts";
import type { EngineOptions } from "./engine_options.ts";
import { type MeetingAction, tell } from "./meeting_action.ts";
import { MeetingSpeaker } from "./meeting_speaker.ts";
import { watchNetwork } from "./network_watch.ts";
import { OwnTracks, type TracksOfJoin } from "./own_tracks.ts";
import type { FromWorker, JoinMark, ToWorker, WorkerRequests } from "./protocol.ts";
import type { ViewOrder } from "./remote_views.ts";
import { RequestChannel } from "./request_channel.ts";

export type { EngineOptions } from "./engine_options.ts";

/**
 * How long a worker that has left its meeting goes on, milliseconds: pages crash less often (Chromium
 * 156) when a worker is not terminated while what it has just closed is still being torn down.
 */
const WORKER_REST_MS = 3_000;
/**
 * How long a page that is closed stays, so that its worker can say goodbye, milliseconds: without that
 * goodbyes are lost (Chromium 156), and the others see somebody reconnecting who has left.
 */
const GOODBYE_MS = 80;

/**
 * The page's handle on a meeting. All network, encryption and codec work runs in a worker; the page only
 * captures, plays sound and shows canvases.
 */
export class MeetingEngine {
  readonly #options: EngineOptions;
  readonly #worker: Worker;
  readonly #requests: RequestChannel<WorkerRequests>;
  readonly #canvases: CanvasRegistry;
  readonly #tracks: OwnTracks;
  readonly #speaker: MeetingSpeaker;
  readonly #networkWatch: Disposable;
  #state: MeetingState = INITIAL_MEETING_STATE;
  #joinAsked = false;
  #disposed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || "the meeting worker could not be loaded");
    };
    this.#worker.onmessageerror = () => this.#fail("a message of the meeting worker was lost");
    this.#requests = new RequestChannel((message, transfer) => this.#post(message, transfer));
    this.#canvases = new CanvasRegistry((message, transfer) => this.#post(message, transfer));
    this.#tracks = new OwnTracks(
      this.#requests,
      (streamId) => options.onLocalEnded?.(streamId),
    );
    this.#speaker = new MeetingSpeaker({
      connect: (port) => this.#post({ type: "connect-playout", port }, [port]),
      onBlockedChange: () => this.#changeState({ ...this.#state }),
      onLatency: (latencyMs) => this.#post({ type: "output-latency", latencyMs }),
      onSound: (sound) => options.onSpeakerSound?.(sound),
      onFailed: (error) => {
        // Whoever only prepares may hear of it when joining.
        if (this.#joinAsked) this.#fail(`no audio output: ${String(error)}`);
      },
    });
    this.#post({
      type: "configure",
      meetingCode: options.meetingCode,
      ...(options.endpoints ? { endpoints: options.endpoints } : {}),
      sharedMemory: globalThis.crossOriginIsolated === true,
      reportAudioLevels: options.onAudioLevels !== undefined,
      asksCredentials: options.credentials !== undefined,
    });
    this.#networkWatch = watchNetwork(() => this.#post({ type: "network-changed" }));
    addEventListener("pagehide", this.#onPageHide);
    document.addEventListener("visibilitychange", this.#onVisibilityChange);
    this.#onVisibilityChange();
  }

  /**
   * Connects to both servers, unseen by the others, and warms the codecs, so that the click costs nothing.
   *
   * @throws {UnsupportedBrowserError} when the browser lacks what a meeting needs.
   */
  async prepare(): Promise<void> {
    requireSupport();
    await this.#requests.request("prepare", {});
    if (this.#disposed || this.#joinAsked) return;
    this.#speaker.open();
    this.#canvases.prepare();
  }

  /**
   * Joins. Call it in the click: it also opens the audio output. Tracks stay the page's to stop.
   *
   * @throws {UnsupportedBrowserError} when the browser lacks what a meeting needs.
   */
  async join(options: TracksOfJoin & { readonly name: string }): Promise<void> {
    requireSupport();
    const joined = this.#tracks.join(options);
    this.#joinAsked = true;
    this.#speaker.startSoon();
    await joined;
  }

  /** Changes the microphone; without one the stream is muted. */
  async setMicrophone(track: MediaStreamTrack | undefined): Promise<void> {
    await this.#tracks.setMicrophone(track);
  }

  /** Mutes: nothing is encoded or sent while muted. */
  async setMicrophoneMuted(muted: boolean): Promise<void> {
    await this.#requests.request("set-microphone-muted", { muted });
  }

  /** Changes the camera; without one the stream is muted. */
  async setCamera(track: MediaStreamTrack | undefined): Promise<void> {
    await this.#tracks.setCamera(track);
  }

  /** Turns the camera's stream off or on; the page stops and starts the track. */
  async setCameraOff(off: boolean): Promise<void> {
    await this.#requests.request("set-camera-off", { off });
  }

  /**
   * Sends another camera besides the first, under this name. Resolves to the id to remove it with; the
   * track stays the page's to stop.
   */
  async addCamera(track: MediaStreamTrack, label: string): Promise<string> {
    return await this.#tracks.addCamera(track, label);
  }

  /** Ends a camera that was added. */
  async removeCamera(streamId: string): Promise<void> {
    await this.#tracks.removeCamera(streamId);
  }

  /**
   * Shares a screen, with its sound if the stream has any: "text" keeps it sharp, "motion" smooth. Resolves
   * to the id to stop it with.
   */
  async shareScreen(stream: MediaStream, mode: ShareMode = "text"): Promise<string> {
    return await this.#tracks.share(stream, mode);
  }

  /** Changes what a screen that is being shared is encoded for. */
  async setShareMode(streamId: string, mode: ShareMode): Promise<void> {
    await this.#tracks.setShareMode(streamId, mode);
  }

  /** Ends a shared screen. */
  async stopShare(streamId: string): Promise<void> {
    await this.#tracks.stopShare(streamId);
  }

  /**
   * Does what people do in a meeting beyond sending media, by its name in `MeetingActions`. Resolves when
   * the meeting has acknowledged it.
   *
   * @throws {MeetingActionError} when it was not done.
   */
  async act<Name extends keyof MeetingActions>(
    name: Name,
    ...args: Parameters<MeetingActions[Name]>
  ): Promise<void> {
    await this.#requests.request("action", { name, args } as MeetingAction);
  }

  /**
   * Draws a remote video stream on a canvas that it puts into `place`; the canvas has the picture's size.
   * Returns what ends it and takes the canvas away.
   */
  showVideo(streamId: string, place: HTMLElement): () => void {
    return this.#canvases.show(streamId, place);
  }

  /** Says which remote video streams matter most: those get the network's bits first. */
  orderViews(order: ViewOrder): void {
    this.#post({ type: "order-views", order });
  }

  /** Whether the browser holds the sound back until {@link resumeAudio} is called in a gesture. */
  get audioBlocked(): boolean {
    return this.#speaker.blocked;
  }

  /** Lets the sound out; call it in a click. */
  async resumeAudio(): Promise<void> {
    await this.#speaker.resume();
  }

  /** Chooses where sound is played; an empty id is the system's choice. */
  async setSpeaker(deviceId: string): Promise<void> {
    await this.#speaker.setDevice(deviceId);
  }

  /** Leaves the meeting. */
  async leave(): Promise<void> {
    this.#tracks.clear();
    await Promise.all([this.#requests.request("leave", {}), this.#speaker.close()]);
  }

  /** Ends everything at once; the engine cannot be used afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#requests.request("leave", {}).catch(() => undefined);
    this.#disposed = true;
    this.#networkWatch[Symbol.dispose]();
    removeEventListener("pagehide", this.#onPageHide);
    document.removeEventListener("visibilitychange", this.#onVisibilityChange);
    this.#canvases.close();
    this.#tracks.clear();
    this.#requests.fail(new DOMException("the meeting was closed", "AbortError"));
    setTimeout(() => this.#worker.terminate(), WORKER_REST_MS);
    void this.#speaker.close();
  }

  readonly #onPageHide = (): void => {
    const inMeeting = this.#joinAsked && !this.#disposed;
    this.dispose();
    if (inMeeting) holdPage(GOODBYE_MS);
    this.#changeState({ ...this.#state, phase: "left", participants: [], localStreams: [] });
  };

  readonly #onVisibilityChange = (): void =>
    this.#post({ type: "page-visible", visible: document.visibilityState === "visible" });

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#disposed) this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    if (this.#disposed) return;
    switch (message.type) {
      case "response":
        return this.#requests.answer(message);
      case "state":
        return this.#changeState(message.state);
      case "credentials-wanted":
        return void this.#giveCredentials(message.id);
      case "notice":
        // Who is told that it was stopped still has to know what it was.
        tell(this.#options, message.notice);
        if (message.notice.name === "onStreamStopped") this.#tracks.ended(message.notice.told);
        return;
      case "audio-levels":
        return this.#options.onAudioLevels?.(message.levels);
      case "active-speakers":
        return this.#options.onActiveSpeakers?.(message.participantIds);
      case "uplink-report":
        return this.#options.onUplinkReport?.(message.report);
      case "downlink-status":
        return this.#options.onDownlinkStatus?.(message.status);
      case "mark":
        return this.#mark(message.mark, message.atMs);
      case "local-video-quality":
        return this.#options.onLocalVideoQuality?.(message.streamId, message.quality);
      case "local-stream-failed":
        return this.#tracks.ended(message.streamId);
      case "failed":
        return this.#fail(message.error.message);
    }
  }

  async #giveCredentials(id: number): Promise<void> {
    // Without any the worker's join call fails, and is tried again while that may help.
    const credentials = await this.#options.credentials?.().catch(() => undefined);
    this.#post({ type: "credentials", id, ...(credentials ? { credentials } : {}) });
  }

  #changeState(state: MeetingState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #mark(mark: JoinMark, atMs: number): void {
    const startTime = Math.max(0, atMs - performance.timeOrigin);
    performance.mark(mark, { startTime });
    if (mark !== "dt.join.first-frame") return;
    this.#speaker.startNow();
    this.#options.onFirstFrame?.();
  }

  #fail(message: string): void {
    if (this.#disposed) return;
    this.dispose();
    const error = { reason: "protocol", message } as const;
    this.#changeState({ ...this.#state, phase: "failed", participants: [], error });
  }
}

function requireSupport(): void {
  const missing = missingCapabilities();
  if (missing.length === 0) return;
  throw new UnsupportedBrowserError(`this browser lacks ${missing.join(", ")}`);
}

/** Keeps the page from going; nothing asynchronous can. */
function holdPage(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}
