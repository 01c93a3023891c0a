import type { JoinCredentials } from "../../../core/meeting/grant.ts";
import type { MeetingActions, MeetingNotices } from "../../../core/meeting/meeting_actions.ts";
import { INITIAL_MEETING_STATE, type MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import {
  type AudioInput,
  captureAudio,
  captureVideo,
  missingCapabilities,
  UnsupportedBrowserError,
  type VideoInput,
} from "../capture/track_capture.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import { SpeakerOutput } from "../playout/speaker_output.ts";
import { CanvasRegistry } from "./canvas_registry.ts";
import type { DownlinkStatus } from "./downlink_status.ts";
import type { FromWorker, JoinMark, LocalStreamIds, ToWorker, WorkerRequests } from "./protocol.ts";
import type { ViewOrder } from "./remote_views.ts";
import { type MeetingAction, tell } from "./meeting_action.ts";
import { watchNetwork } from "./network_watch.ts";
import { RequestChannel } from "./request_channel.ts";
import { TrackEnds } from "./track_ends.ts";

export interface EngineOptions extends MeetingNotices {
  readonly meetingCode: string;
  /** Where the servers are, when the page knows already. `certificateHashes` are base64. */
  readonly endpoints?: {
    readonly meetingControllerUrl: string;
    readonly mediaHandlerUrl?: string;
    readonly certificateHashes: string[];
  };
  /** What to show at each join call; without it the person is a guest of an open meeting. */
  readonly credentials?: () => Promise<JoinCredentials>;
  /** Every new state; also called when {@link MeetingEngine.audioBlocked} changed. */
  onState(state: MeetingState): void;
  /** How loud who is heard is, 0 to 1, by participant id; ten times a second while anyone is. */
  onAudioLevels?(levels: ReadonlyMap<string, number>): void;
  /** Who speaks now, by participant id, the loudest first. */
  onActiveSpeakers?(participantIds: readonly string[]): void;
  /** The first picture of another participant was drawn. */
  onFirstFrame?(): void;
  /** There is an audio output: the sound of this node goes to the speakers. */
  onSpeakerSound?(sound: AudioNode): void;
  /** How an own camera or screen is encoded changed, such as when this machine is too slow for it. */
  onLocalVideoQuality?(streamId: string, quality: LocalVideoQuality): void;
  /** How the way to the media handler fares, about once a second while anything is sent. */
  onUplinkReport?(report: UplinkReport): void;
  /** How the way from the media handler fares, about once a second while anything is received. */
  onDownlinkStatus?(status: DownlinkStatus): void;
  /** A camera, microphone or shared screen ended by itself, or its encoder failed. */
  onLocalEnded?(streamId: string): void;
}

/** What a share's track is for, in words of the browser (W3C mst-content-hint). */
const CONTENT_HINTS: Readonly<Record<ShareMode, string>> = { text: "detail", motion: "motion" };

/** How long after the click a speaker that was not prepared waits for the first picture, ms. */
const FIRST_PICTURE_PATIENCE_MS = 250;

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
  readonly #ends: TrackEnds;
  readonly #networkWatch: Disposable;
  readonly #extraCameras = new Set<string>();
  readonly #shareTracks = new Map<string, MediaStreamTrack>();
  #ids: LocalStreamIds = {};
  #state: MeetingState = INITIAL_MEETING_STATE;
  #speaker: SpeakerOutput | undefined;
  #speakerDeviceId = "";
  #joinAsked = false;
  #speakerStart: ReturnType<typeof setTimeout> | undefined;
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
    this.#ends = new TrackEnds((streamId) => this.#trackEnded(streamId));
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
    this.#openSpeaker();
    this.#canvases.prepare();
  }

  /**
   * Joins. Call it in the click: it also opens the audio output. Tracks stay the page's to stop.
   *
   * @throws {UnsupportedBrowserError} when the browser lacks what a meeting needs.
   */
  async join(options: {
    name: string;
    microphone?: MediaStreamTrack;
    microphoneMuted: boolean;
    camera?: MediaStreamTrack;
    cameraOff: boolean;
  }): Promise<void> {
    requireSupport();
    const microphone = options.microphone && captureAudio(options.microphone);
    const camera = options.camera && captureVideo(options.camera);
    const joined = this.#requests.request("join", {
      name: options.name,
      ...(microphone ? { microphone } : {}),
      microphoneMuted: options.microphoneMuted,
      ...(camera ? { camera } : {}),
      cameraOff: options.cameraOff,
    }, transferables(microphone, camera));
    this.#joinAsked = true;
    // One that is not open yet would take the processor from the first picture.
    if (this.#speaker) this.#speaker.start();
    else this.#speakerStart = setTimeout(() => this.#startSpeaker(), FIRST_PICTURE_PATIENCE_MS);
    this.#ids = await joined;
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

  /** Mutes: nothing is encoded or sent while muted. */
  async setMicrophoneMuted(muted: boolean): Promise<void> {
    await this.#requests.request("set-microphone-muted", { muted });
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

  /** Turns the camera's stream off or on; the page stops and starts the track. */
  async setCameraOff(off: boolean): Promise<void> {
    await this.#requests.request("set-camera-off", { off });
  }

  /**
   * Sends another camera besides the first, under this name. Resolves to the id to remove it with; the
   * track stays the page's to stop.
   */
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
    this.#extraCameras.delete(streamId);
    this.#ends.forget(streamId);
    await this.#requests.request("remove-camera", { streamId });
  }

  /**
   * Shares a screen, with its sound if the stream has any: "text" keeps it sharp, "motion" smooth. Resolves
   * to the id to stop it with.
   */
  async shareScreen(stream: MediaStream, mode: ShareMode = "text"): Promise<string> {
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
    this.#shareTracks.set(streamId, track);
    this.#ends.watch(track, streamId);
    return streamId;
  }

  /** Changes what a screen that is being shared is encoded for. */
  async setShareMode(streamId: string, mode: ShareMode): Promise<void> {
    const track = this.#shareTracks.get(streamId);
    if (track) track.contentHint = CONTENT_HINTS[mode];
    await this.#requests.request("set-share-mode", { streamId, mode });
  }

  /** Ends a shared screen. */
  async stopShare(streamId: string): Promise<void> {
    this.#shareTracks.delete(streamId);
    this.#ends.forget(streamId);
    await this.#requests.request("stop-share", { streamId });
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
    return this.#speaker?.blocked ?? false;
  }

  /** Lets the sound out; call it in a click. */
  async resumeAudio(): Promise<void> {
    await this.#speaker?.resume();
  }

  /** Chooses where sound is played; an empty id is the system's choice. */
  async setSpeaker(deviceId: string): Promise<void> {
    this.#speakerDeviceId = deviceId;
    await this.#speaker?.setDevice(deviceId);
  }

  /** Leaves the meeting. */
  async leave(): Promise<void> {
    this.#ends.clear();
    await Promise.all([this.#requests.request("leave", {}), this.#closeSpeaker()]);
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
    this.#ends.clear();
    this.#requests.fail(new DOMException("the meeting was closed", "AbortError"));
    setTimeout(() => this.#worker.terminate(), WORKER_REST_MS);
    void this.#closeSpeaker();
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
        if (message.notice.name === "onStreamStopped") this.#localEnded(message.notice.told);
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
        return this.#localEnded(message.streamId);
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
    if (this.#speakerStart !== undefined) this.#startSpeaker();
    this.#options.onFirstFrame?.();
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
    this.#localEnded(streamId);
  }

  #localEnded(streamId: string): void {
    this.#ends.forget(streamId);
    this.#extraCameras.delete(streamId);
    this.#shareTracks.delete(streamId);
    this.#options.onLocalEnded?.(streamId);
  }

  #fail(message: string): void {
    if (this.#disposed) return;
    this.dispose();
    const error = { reason: "protocol", message } as const;
    this.#changeState({ ...this.#state, phase: "failed", participants: [], error });
  }

  #startSpeaker(): void {
    clearTimeout(this.#speakerStart);
    this.#speakerStart = undefined;
    if (!this.#disposed) this.#openSpeaker().start();
  }

  #openSpeaker(): SpeakerOutput {
    if (this.#speaker) return this.#speaker;
    const speaker = new SpeakerOutput(
      () => this.#changeState({ ...this.#state }),
      (latencyMs) => this.#post({ type: "output-latency", latencyMs }),
    );
    this.#speaker = speaker;
    const { port1, port2 } = new MessageChannel();
    this.#post({ type: "connect-playout", port: port1 }, [port1]);
    const connected = speaker.connect(port2);
    connected.then((sound) => {
      if (this.#speaker === speaker) this.#options.onSpeakerSound?.(sound);
    }, (error: unknown) => {
      if (this.#speaker !== speaker) return;
      // Whoever only prepares may hear of it when joining.
      this.#speaker = undefined;
      if (this.#joinAsked) this.#fail(`no audio output: ${String(error)}`);
    });
    // A chosen device that is gone leaves the sound on the system's own.
    if (this.#speakerDeviceId !== "") {
      speaker.setDevice(this.#speakerDeviceId).catch(() => undefined);
    }
    return speaker;
  }

  async #closeSpeaker(): Promise<void> {
    clearTimeout(this.#speakerStart);
    this.#speakerStart = undefined;
    const speaker = this.#speaker;
    this.#speaker = undefined;
    await speaker?.close().catch(() => undefined);
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

function transferables(...inputs: (AudioInput | VideoInput | undefined)[]): Transferable[] {
  return inputs
    .filter((input) => input !== undefined)
    .map((input) => "sound" in input ? input.sound : input.frames);
}
