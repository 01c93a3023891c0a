import type { MeetingFailure, MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { SourceGrant } from "../../../core/meeting/source_grant.ts";
import { type Refusal, refusalOf } from "./admission.ts";
import type { LocalDevices } from "./local_devices.svelte.ts";
import { ConnectionHealth, type ConnectionNews } from "./connection_health.svelte.ts";
import { type ExtraCamera, ExtraCameras } from "./extra_cameras.svelte.ts";
import type { CreateEngine, MediaEngine, ShareMode } from "./media_engine.ts";
import type { MeetingEndpoints } from "./meeting_api.ts";
import { type OwnShare, ScreenShares } from "./screen_shares.svelte.ts";
import { changesBetween, tilesOf } from "./meeting_tiles.ts";
import { viewOrderOf } from "./view_order.ts";
import { Voices } from "./voices.svelte.ts";

/** Why somebody is no longer in the meeting. */
export type FailureReason = MeetingFailure | "unknown";

/** What the page of a meeting shows. */
export type Screen =
  | { readonly name: "prejoin" }
  | { readonly name: "meeting" }
  | { readonly name: "left" }
  | { readonly name: "failed"; readonly reason: FailureReason };

/** Something that happened and is worth a line for a moment. */
export type Announcement =
  | { readonly what: "joined" | "left"; readonly name: string }
  | { readonly what: "share-failed" | "device-failed" }
  | { readonly what: "not-granted"; readonly source: SourceGrant }
  | ConnectionNews;

/** The instant of the click on "Join now", on the page's User Timing timeline. */
const JOIN_CLICK_MARK = "dt.join.click";
/**
 * How long the pre-join page stays after the click if there is no answer: shown once, with everybody
 * in it, the meeting appears sooner than when it is drawn empty first. Milliseconds.
 */
const ANSWER_PATIENCE_MS = 150;

/** The same where a passcode is checked, which takes long, and may send the person back. */
const PASSCODE_PATIENCE_MS = 4_000;

/** What a session is made of. */
export interface MeetingSessionParts {
  readonly code: string;
  readonly endpoints?: MeetingEndpoints;
  readonly devices: LocalDevices;
  readonly createEngine: CreateEngine;
  /** The access token of whoever is signed in; undefined for a guest. */
  readonly accessToken?: () => Promise<string | undefined>;
  /** The secret of the guest link that led here. */
  readonly guestSecret?: string;
}

/**
 * One person's time in one meeting: from the pre-join page through joining, reconnecting and
 * sharing to having left, and back. The components only show it. One owner; dispose of it when the
 * page goes.
 */
export class MeetingSession implements Disposable {
  #screen = $state.raw<Screen>({ name: "prejoin" });
  #state = $state.raw<MeetingState>();
  #soundBlocked = $state(false);
  #announcement = $state.raw<Announcement>();
  #engine?: Promise<MediaEngine>;
  /** The current engine once it is there. */
  #loaded?: MediaEngine;
  #generation = 0;
  /** Runs between the click and the meeting's screen. */
  #entering = $state.raw<ReturnType<typeof setTimeout>>();
  #refusal = $state.raw<Refusal>();

  /** Shown at the next join. */
  passcode = $state("");

  /** How the own connection fares. */
  readonly connection = new ConnectionHealth((news) => this.#announce(news));
  readonly voices = new Voices(() => this.silent);
  readonly #parts: MeetingSessionParts;
  readonly #shares = new ScreenShares((streamId) => {
    void this.#tell((engine) => engine.stopShare(streamId));
  });
  readonly #cameras = new ExtraCameras((streamId) => {
    void this.#tell((engine) => engine.removeCamera(streamId));
  });
  readonly #tiles = $derived.by(() =>
    tilesOf(this.#state, {
      name: this.devices.name,
      muted: this.silent,
      cameras: [...this.#cameras.cameras].map(([streamId, { label }]) => ({ streamId, label })),
      shares: [...this.#shares.shares.keys()],
    })
  );

  constructor(parts: MeetingSessionParts) {
    this.#parts = parts;
    parts.devices.listener = {
      onCamera: (track) => this.#tell((engine) => engine.setCamera(track)),
      onMicrophone: (track) => this.#tell((engine) => engine.setMicrophone(track)),
    };
  }

  get devices(): LocalDevices {
    return this.#parts.devices;
  }

  get screen(): Screen {
    return this.#screen;
  }

  /** Why the meeting did not let this person in the last time. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The secret of the guest link that led here. */
  get guestSecret(): string | undefined {
    return this.#parts.guestSecret;
  }

  /** Between the click and the meeting's screen. */
  get entering(): boolean {
    return this.#entering !== undefined;
  }

  /** Whether this person may send that; true until the meeting has said. */
  mayUse(source: SourceGrant): boolean {
    return this.#state?.grants?.includes(source) ?? true;
  }

  get phase(): MeetingState["phase"] {
    return this.#state?.phase ?? "idle";
  }

  /** True once the meeting has said so; undefined before. */
  get encrypted(): boolean | undefined {
    return this.phase === "joined" || this.phase === "reconnecting"
      ? this.#state?.e2eEncryption
      : undefined;
  }

  get tiles(): ReturnType<typeof tilesOf> {
    return this.#tiles;
  }

  get sharing(): boolean {
    return this.#shares.shares.size > 0;
  }

  get canShareMore(): boolean {
    return !this.#shares.full;
  }

  /** The own cameras besides the first, by stream. */
  get extraCameras(): ReadonlyMap<string, ExtraCamera> {
    return this.#cameras.cameras;
  }

  get cameraPlacesTaken(): boolean {
    return this.#cameras.full;
  }

  /** Cameras of this machine that are not shown yet. */
  get addableCameras(): readonly MediaDeviceInfo[] {
    if (this.#cameras.full) return [];
    const shown = [...this.#cameras.cameras.values()].map(({ deviceId }) => deviceId);
    return this.devices.cameras.filter(({ deviceId }) =>
      deviceId !== this.devices.camera.deviceId && !shown.includes(deviceId)
    );
  }

  /** The browser keeps the page silent until somebody asks for sound. */
  get soundBlocked(): boolean {
    return this.#soundBlocked;
  }

  get announcement(): Announcement | undefined {
    return this.#announcement;
  }

  /**
   * Nobody hears this person: muted by choice, or the microphone cannot be had. One that is still
   * starting counts as on, so that muting it in that moment mutes it.
   */
  get silent(): boolean {
    const { microphone, microphoneMuted } = this.devices;
    return microphoneMuted || microphone.problem !== undefined || !this.mayUse("microphone");
  }

  /** The own camera is meant to be shown and can be, or is still starting. */
  get visible(): boolean {
    const { camera, cameraOff } = this.devices;
    return !cameraOff && camera.problem === undefined && this.mayUse("camera");
  }

  /** Tells the engine which pictures matter most, of which this tile is in the large place. */
  orderViews(focusedKey: string | undefined): void {
    const { people, cameras, shares } = this.#tiles;
    const others = cameras.filter(({ isSelf }) => !isSelf);
    const order = viewOrderOf({
      people: [
        ...people,
        ...others.map(({ streamId, ...tile }) => ({ ...tile, videoStreamId: streamId })),
      ],
      shares,
      speakers: this.voices.speakers,
      ...(focusedKey ? { focusedKey } : {}),
    });
    this.#engine?.then((engine) => engine.orderViews(order)).catch(() => undefined);
  }

  /** The own shared screen, to show it without a detour. */
  ownShare(streamId: string): OwnShare | undefined {
    return this.#shares.shares.get(streamId);
  }

  /** Connects ahead of the click, invisibly. Never rejects: the click tries again. */
  async prepare(): Promise<void> {
    const engine = this.#currentEngine();
    try {
      await (await engine).prepare();
      if (engine === this.#engine) this.#refusal = undefined;
    } catch {
      // Once somebody has clicked, joining itself tells how it went.
      if (engine !== this.#engine || this.#inMeeting) return;
      this.#refusal = refusalOf(this.#state?.error);
      this.#discardEngine();
    }
  }

  /** Joins. Has to run inside a click, because sound starts only there. Never rejects. */
  async join(): Promise<void> {
    if (this.#entering !== undefined) return;
    performance.mark(JOIN_CLICK_MARK);
    if (this.phase === "failed" || this.phase === "left") this.#discardEngine();
    const { devices } = this;
    const engine = this.#currentEngine();
    const generation = this.#generation;
    const enter = (joining: MediaEngine) =>
      joining.join({
        name: devices.name.trim(),
        microphone: devices.microphone.track,
        microphoneMuted: devices.microphoneMuted,
        camera: devices.cameraOff ? undefined : devices.camera.track,
        cameraOff: devices.cameraOff,
      });
    this.#refusal = undefined;
    // An engine that is there goes first: the network and the worker need not wait for the screen.
    const joined = this.#loaded && enter(this.#loaded);
    joined?.catch(() => undefined);
    if (this.#screen.name === "prejoin") {
      const patienceMs = this.passcode === "" ? ANSWER_PATIENCE_MS : PASSCODE_PATIENCE_MS;
      this.#entering = setTimeout(() => this.#show({ name: "meeting" }), patienceMs);
    } else this.#show({ name: "meeting" });
    try {
      const joining = await engine;
      await (joined ?? enter(joining));
      if (devices.speakerId) await joining.setSpeaker(devices.speakerId).catch(() => undefined);
      this.#soundBlocked = joining.audioBlocked;
    } catch {
      // The snapshot that came before says why, if the meeting knows.
      if (generation === this.#generation && this.#inMeeting) this.#fail();
    }
  }

  /** Comes back after having left or been cut off, with the devices as they were. */
  async rejoin(): Promise<void> {
    this.#show({ name: "meeting" });
    await this.devices.open();
    await this.join();
  }

  /** Leaves; the page says so at once and the rest follows. Never rejects. */
  async leave(): Promise<void> {
    this.#show({ name: "left" });
    const engine = this.#engine;
    this.devices.close();
    this.#shares.clear();
    this.#cameras.clear();
    await (await engine)?.leave().catch(() => undefined);
    if (engine === this.#engine) this.#discardEngine();
  }

  async toggleMicrophone(): Promise<void> {
    if (!this.#mayToggle("microphone")) return;
    const muted = !this.silent;
    await this.devices.setMicrophoneMuted(muted);
    await this.#tell((engine) => engine.setMicrophoneMuted(muted));
    if (!muted && this.devices.microphone.problem) this.#announce({ what: "device-failed" });
  }

  async toggleCamera(): Promise<void> {
    if (!this.#mayToggle("camera")) return;
    const off = this.visible;
    await this.devices.setCameraOff(off);
    await this.#tell((engine) => engine.setCameraOff(off));
    if (!off && this.devices.camera.problem) this.#announce({ what: "device-failed" });
  }

  async chooseSpeaker(deviceId: string): Promise<void> {
    this.devices.chooseSpeaker(deviceId);
    await this.#tell((engine) => engine.setSpeaker(deviceId));
  }

  /** Ends all shares, or starts one. */
  async toggleShare(): Promise<void> {
    if (!this.sharing) return await this.shareScreen();
    for (const streamId of this.#shares.shares.keys()) this.#shares.stop(streamId);
  }

  /** Shares one more screen. Has to run inside a click. */
  async shareScreen(): Promise<void> {
    if (!this.#mayToggle("screen")) return;
    const outcome = await this.#shares.start(this.#engine);
    if (outcome === "failed") this.#announce({ what: "share-failed" });
  }

  stopShare(streamId: string): void {
    this.#shares.stop(streamId);
  }

  /** Says what an own share is used for, while it goes on. */
  async setShareMode(streamId: string, mode: ShareMode): Promise<void> {
    this.#shares.setMode(streamId, mode);
    await this.#tell((engine) => engine.setShareMode(streamId, mode));
  }

  /** Shows one more camera under this name. */
  async addCamera(deviceId: string, label: string): Promise<void> {
    const added = await this.#cameras.add(deviceId, label, this.#engine);
    if (!added) this.#announce({ what: "device-failed" });
  }

  removeCamera(streamId: string): void {
    this.#cameras.remove(streamId);
  }

  async enableSound(): Promise<void> {
    const engine = await this.#engine;
    await engine?.resumeAudio().catch(() => undefined);
    this.#soundBlocked = engine?.audioBlocked ?? false;
  }

  /**
   * Shows a remote stream on a canvas inside `place`.
   * @returns what ends that
   */
  showVideo(streamId: string, place: HTMLElement): () => void {
    if (this.#loaded) return this.#loaded.showVideo(streamId, place);
    let end: (() => void) | undefined;
    let ended = false;
    this.#engine?.then((engine) => {
      if (!ended) end = engine.showVideo(streamId, place);
    }).catch(() => undefined);
    return () => {
      ended = true;
      end?.();
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#entering);
    this.devices.listener = undefined;
    this.#shares.clear();
    this.#cameras.clear();
    const engine = this.#forgetEngine();
    engine?.then(async (old) => {
      await old.leave().catch(() => undefined);
      old.dispose();
    }).catch(() => undefined);
  }

  #currentEngine(): Promise<MediaEngine> {
    if (this.#engine) return this.#engine;
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    this.#engine = this.#parts.createEngine({
      meetingCode: this.#parts.code,
      endpoints: this.#parts.endpoints,
      credentials: async () => ({
        accessToken: await this.#parts.accessToken?.(),
        ...(this.passcode === "" ? {} : { passcode: this.passcode }),
        ...(this.#parts.guestSecret ? { guestSecret: this.#parts.guestSecret } : {}),
      }),
      onState: (state) => current() && this.#stateChanged(state),
      onAudioLevels: (levels) => {
        if (current()) this.voices.levels = levels;
      },
      onActiveSpeakers: (participantIds) => {
        if (current()) this.voices.speakers = participantIds;
      },
      ...this.connection.events(current),
      onLocalEnded: (streamId) => {
        if (!current()) return;
        this.#shares.stop(streamId);
        this.#cameras.remove(streamId);
      },
    });
    // Who waits for the engine hears of its failure.
    this.#engine.then((engine) => {
      if (current()) this.#loaded = engine;
    }, () => undefined);
    return this.#engine;
  }

  #forgetEngine(): Promise<MediaEngine> | undefined {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#loaded = undefined;
    this.#generation++;
    this.connection.reset();
    return engine;
  }

  #discardEngine(): void {
    const engine = this.#forgetEngine();
    this.#state = undefined;
    this.voices.reset();
    engine?.then((old) => old.dispose()).catch(() => undefined);
  }

  #stateChanged(state: MeetingState): void {
    const before = this.#state;
    this.#state = state;
    this.connection.follow(state);
    if (!this.#inMeeting) return;
    if (state.phase === "failed") {
      const refusal = before?.phase === "reconnecting" ? undefined : refusalOf(state.error);
      if (refusal) this.#turnAway(refusal);
      else this.#fail();
    } else if (state.phase === "left") {
      this.#show({ name: "left" });
      this.devices.close();
    } else if (state.phase === "joined" && before?.phase !== "joined") {
      if (this.#entering !== undefined) this.#show({ name: "meeting" });
      this.#closeWithheld();
    } else if (before?.phase === "joined" && state.phase === "joined") {
      const { joined, left } = changesBetween(before, state);
      for (const name of left) this.#announce({ what: "left", name });
      for (const name of joined) this.#announce({ what: "joined", name });
    }
    void this.#engine?.then((engine) => {
      this.#soundBlocked = engine.audioBlocked;
    }).catch(() => undefined);
  }

  /** Somebody has clicked, whether the screen says so yet or not. */
  get #inMeeting(): boolean {
    return this.#screen.name === "meeting" || this.#entering !== undefined;
  }

  #show(screen: Screen): void {
    clearTimeout(this.#entering);
    this.#entering = undefined;
    this.#screen = screen;
  }

  /** Back to where the person can do something about it. */
  #turnAway(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#show({ name: "prejoin" });
    this.#discardEngine();
  }

  /** A device that nobody may see or hear does not stay open. */
  #closeWithheld(): void {
    if (!this.mayUse("camera")) this.devices.camera.close();
    if (!this.mayUse("microphone")) this.devices.microphone.close();
  }

  #mayToggle(source: SourceGrant): boolean {
    const may = this.mayUse(source);
    if (!may) this.#announce({ what: "not-granted", source });
    return may;
  }

  #fail(): void {
    this.#show({ name: "failed", reason: this.#state?.error?.reason ?? "unknown" });
    this.#shares.clear();
    this.#cameras.clear();
    this.devices.close();
    this.#discardEngine();
  }

  #announce(announcement: Announcement): void {
    this.#announcement = announcement;
  }

  /** Tells the engine while there is a meeting; what it refuses shows in the next snapshot. */
  async #tell(order: (engine: MediaEngine) => Promise<void>): Promise<void> {
    if (!this.#inMeeting) return;
    try {
      const engine = await this.#engine;
      if (engine) await order(engine);
    } catch {
      this.#announce({ what: "device-failed" });
    }
  }
}
