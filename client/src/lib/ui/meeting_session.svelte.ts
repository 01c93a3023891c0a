import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import { MeetingPeople, type PeopleMeeting } from "../people/meeting_people.svelte.ts";
import { UnmuteRequest } from "../people/unmute_request.svelte.ts";
import { MeetingTalk, type TalkMeeting } from "../talk/meeting_talk.svelte.ts";
import { type Refusal, refusalOf } from "./admission.ts";
import type { Announcement } from "./announcement.ts";
import { ConnectionHealth } from "./connection_health.svelte.ts";
import { CurrentEngine } from "./current_engine.ts";
import type { LocalDevices } from "./local_devices.svelte.ts";
import type { EngineEvents, MediaEngine } from "./media_engine.ts";
import { newsBetween } from "./meeting_news.ts";
import { MeetingOrders, type OrderedMeeting } from "./meeting_orders.ts";
import { MeetingScreen, type Screen } from "./meeting_screen.svelte.ts";
import { MeetingSound } from "./meeting_sound.svelte.ts";
import { tilesOf } from "./meeting_tiles.ts";
import { OwnSources, type SourcesMeeting } from "./own_sources.svelte.ts";
import { PushToTalk } from "./push_to_talk.ts";
import { credentialsOf, type MeetingSessionParts } from "./session_parts.ts";
import { SidePanelState } from "./side_panel.svelte.ts";
import { SingleKeys } from "./single_keys.svelte.ts";
import { viewOrderOfTiles } from "./view_order.ts";
import { Voices } from "./voices.svelte.ts";

/** The instant of the click on "Join now", on the page's User Timing timeline. */
const JOIN_CLICK_MARK = "dt.join.click";
/**
 * How long the pre-join page stays after the click if there is no answer: shown once, with everybody
 * in it, the meeting appears sooner than when it is drawn empty first. Milliseconds.
 */
const ANSWER_PATIENCE_MS = 150;

/** The same where a passcode is checked, which takes long, and may send the person back. */
const PASSCODE_PATIENCE_MS = 4_000;

/**
 * One person's time in one meeting: from the pre-join page through joining and reconnecting to
 * having left, and back. The components only show it. One owner; dispose of it when the page goes.
 */
export class MeetingSession implements Disposable {
  readonly #screen = new MeetingScreen();
  #state = $state.raw<MeetingState>();
  #announcement = $state.raw<Announcement>();
  #refusal = $state.raw<Refusal>();

  /** Shown at the next join. */
  passcode = $state("");

  /** How the own connection fares. */
  readonly connection = new ConnectionHealth((news) => this.#announce(news));
  readonly voices = new Voices(() => this.own.silent);
  /** What this person sends. */
  readonly own: OwnSources;
  readonly people: MeetingPeople;
  readonly talk: MeetingTalk;
  readonly panel = new SidePanelState();
  readonly singleKeys = new SingleKeys();
  readonly pushToTalk: PushToTalk;
  readonly sound: MeetingSound;
  /** What a moderator asks this person to turn on. */
  readonly unmuteRequest: UnmuteRequest;
  readonly #parts: MeetingSessionParts;
  readonly #orders: MeetingOrders;
  readonly #current = new CurrentEngine((isCurrent) => this.#createEngine(isCurrent));
  readonly #tiles = $derived.by(() =>
    tilesOf(this.#state, {
      name: this.devices.name,
      muted: this.own.silent,
      cameras: [...this.own.extraCameras].map(([streamId, { label }]) => ({ streamId, label })),
      shares: [...this.own.shares.keys()],
    })
  );

  constructor(parts: MeetingSessionParts) {
    this.#parts = parts;
    const meeting = this.#asSeen();
    this.#orders = new MeetingOrders(meeting);
    this.sound = new MeetingSound(parts.devices, () => meeting.engine);
    this.own = new OwnSources(parts.devices, meeting);
    this.pushToTalk = new PushToTalk(this.own);
    this.people = new MeetingPeople(meeting);
    this.talk = new MeetingTalk(meeting);
    this.unmuteRequest = new UnmuteRequest(this.own, (id) => this.people.get(id)?.name);
  }

  /** This session as its parts see it. */
  #asSeen(): OrderedMeeting & SourcesMeeting & PeopleMeeting & TalkMeeting {
    const state = () => this.#state;
    const engine = () => this.#current.engine;
    const inMeeting = () => this.#screen.inMeeting;
    const self = () => ({ name: this.devices.name, ...this.own.view });
    return {
      get state() {
        return state();
      },
      get engine() {
        return engine();
      },
      get inMeeting() {
        return inMeeting();
      },
      get self() {
        return self();
      },
      act: (name, ...args) => this.#orders.act(name, ...args),
      tell: (order) => this.#orders.tell(order),
      announce: (announcement) => this.#announce(announcement),
    };
  }

  get devices(): LocalDevices {
    return this.#parts.devices;
  }

  get screen(): Screen {
    return this.#screen.shown;
  }

  /** Between the click and the meeting's screen. */
  get entering(): boolean {
    return this.#screen.entering;
  }

  /** Why the meeting did not let this person in the last time. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The secret of the guest link that led here. */
  get guestSecret(): string | undefined {
    return this.#parts.guestSecret;
  }

  get phase(): MeetingState["phase"] {
    return this.#state?.phase ?? "idle";
  }

  /** Sound and pictures come and go, also while the session is being resumed. */
  get mediaConnected(): boolean {
    return this.#state?.media === "connected";
  }

  /** What the meeting calls itself; empty until it has said. */
  get displayName(): string {
    return this.#state?.displayName ?? "";
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

  get announcement(): Announcement | undefined {
    return this.#announcement;
  }

  /** Tells the engine which pictures matter most, of which this tile is in the large place. */
  orderViews(focusedKey: string | undefined): void {
    const order = viewOrderOfTiles(this.#tiles, this.voices.speakers, focusedKey);
    this.#current.engine?.then((engine) => engine.orderViews(order)).catch(() => undefined);
  }

  /** Connects ahead of the click, invisibly. Never rejects: the click tries again. */
  async prepare(): Promise<void> {
    const engine = this.#current.open();
    try {
      await (await engine).prepare();
      if (engine === this.#current.engine) this.#refusal = undefined;
    } catch {
      // Once somebody has clicked, joining itself tells how it went.
      if (engine !== this.#current.engine || this.#screen.inMeeting) return;
      // Nothing that could be done on this page would help.
      if (this.#state?.error?.reason === "banned") return this.#fail();
      this.#refusal = refusalOf(this.#state?.error);
      this.#discardEngine();
    }
  }

  /** Joins. Has to run inside a click, because sound starts only there. Never rejects. */
  async join(): Promise<void> {
    if (this.#screen.entering) return;
    performance.mark(JOIN_CLICK_MARK);
    if (this.phase === "failed" || this.phase === "left") this.#discardEngine();
    const engine = this.#current.open();
    const isCurrent = this.#current.watch();
    const { loaded } = this.#current;
    this.#refusal = undefined;
    // An engine that is there goes first: the network and the worker need not wait for the screen.
    const joined = loaded && this.#joinBy(loaded);
    joined?.catch(() => undefined);
    this.#screen.enter(this.passcode === "" ? ANSWER_PATIENCE_MS : PASSCODE_PATIENCE_MS);
    try {
      const joining = await engine;
      await (joined ?? this.#joinBy(joining));
      await this.sound.usePreferred(joining);
    } catch {
      // The snapshot that came before says why, if the meeting knows.
      if (isCurrent() && this.#screen.inMeeting) this.#fail();
    }
  }

  /** Comes back after having left or been cut off, with the devices as they were. */
  async rejoin(): Promise<void> {
    this.#screen.show({ name: "meeting" });
    await this.devices.open();
    await this.join();
  }

  /** Leaves; the page says so at once and the rest follows. Never rejects. */
  async leave(): Promise<void> {
    this.#screen.show({ name: "left" });
    const { engine } = this.#current;
    this.devices.close();
    this.own.clear();
    await (await engine)?.leave().catch(() => undefined);
    if (engine === this.#current.engine) this.#discardEngine();
  }

  /** Waits no longer in the lobby: back to the page before it. Never rejects. */
  async stopWaiting(): Promise<void> {
    this.#screen.show({ name: "prejoin" });
    const { engine } = this.#current;
    await (await engine)?.leave().catch(() => undefined);
    if (engine === this.#current.engine) this.#discardEngine();
  }

  /** Plays on this speaker from now on. Never rejects. */
  async chooseSpeaker(deviceId: string): Promise<void> {
    this.devices.chooseSpeaker(deviceId);
    await this.#orders.tell((engine) => engine.setSpeaker(deviceId));
  }

  /**
   * Shows a remote stream on a canvas inside `place`.
   * @returns what ends that
   */
  showVideo(streamId: string, place: HTMLElement): () => void {
    return this.#current.showVideo(streamId, place);
  }

  [Symbol.dispose](): void {
    this.#screen[Symbol.dispose]();
    this.own[Symbol.dispose]();
    this.#forgetEngine()?.then(async (old) => {
      await old.leave().catch(() => undefined);
      old.dispose();
    }).catch(() => undefined);
  }

  #createEngine(isCurrent: () => boolean): Promise<MediaEngine> {
    return this.#parts.createEngine({
      meetingCode: this.#parts.code,
      endpoints: this.#parts.endpoints,
      credentials: () => credentialsOf(this.#parts, this.passcode),
      ...this.connection.events(isCurrent),
      ...this.#events(isCurrent),
    });
  }

  /** What an engine tells; nothing is taken of one that is no longer current. */
  #events(isCurrent: () => boolean): EngineEvents {
    return {
      onState: (state) => isCurrent() && this.#stateChanged(state),
      onAudioLevels: (levels) => {
        if (isCurrent()) this.voices.levels = levels;
      },
      onActiveSpeakers: (participantIds) => {
        if (isCurrent()) this.voices.speakers = participantIds;
      },
      onLocalEnded: (streamId) => isCurrent() && this.own.forget(streamId),
      onReaction: (reaction) => isCurrent() && this.talk.show(reaction),
      onUnmuteAsked: (asked) => isCurrent() && this.unmuteRequest.receive(asked),
      onStreamStopped: (streamId) => isCurrent() && this.own.stopped(streamId),
    };
  }

  async #joinBy(engine: MediaEngine): Promise<void> {
    const { name, microphone, microphoneMuted, camera, cameraOff } = this.devices;
    await engine.join({
      name: name.trim(),
      microphone: microphone.track,
      microphoneMuted,
      camera: cameraOff ? undefined : camera.track,
      cameraOff,
    });
  }

  #forgetEngine(): Promise<MediaEngine> | undefined {
    const engine = this.#current.forget();
    this.connection.reset();
    return engine;
  }

  #discardEngine(): void {
    const engine = this.#forgetEngine();
    this.#state = undefined;
    this.voices.reset();
    this.people.reset();
    this.talk.reset();
    this.unmuteRequest.decline();
    engine?.then((old) => old.dispose()).catch(() => undefined);
  }

  #stateChanged(state: MeetingState): void {
    const before = this.#state;
    this.#state = state;
    this.connection.follow(state);
    if (!this.#screen.inMeeting) return;
    this.own.follow(before, state);
    this.people.follow(before, state);
    this.talk.follow(before, state);
    for (const news of newsBetween(before, state)) this.#announce(news);
    this.#changeScreen(before?.phase, state);
    void this.sound.look();
  }

  #changeScreen(before: MeetingState["phase"] | undefined, { phase, error }: MeetingState): void {
    const wasIn = before === "joined" || before === "reconnecting";
    switch (phase) {
      case "failed": {
        const refusal = wasIn ? undefined : refusalOf(error);
        return refusal ? this.#turnAway(refusal) : this.#fail();
      }
      case "left":
        this.#screen.show({ name: "left" });
        return this.devices.close();
      case "waiting":
        return this.#screen.show({ name: "waiting" });
      case "joined":
        if (before === "joined") return;
        if (this.#screen.shown.name !== "meeting") this.#screen.show({ name: "meeting" });
        return this.own.closeWithheld();
    }
  }

  /** Back to where the person can do something about it. */
  #turnAway(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#screen.show({ name: "prejoin" });
    this.#discardEngine();
  }

  #fail(): void {
    this.#screen.show({ name: "failed", reason: this.#state?.error?.reason ?? "unknown" });
    this.own.clear();
    this.devices.close();
    this.#discardEngine();
  }

  #announce(announcement: Announcement): void {
    this.#announcement = announcement;
  }
}
