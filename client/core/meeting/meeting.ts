import { platformScheduler } from "../crypto/scheduler.ts";
import type { LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
import { MediaSender } from "../send/media_sender.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { TimingMark } from "./meeting_events.ts";
import { type MeetingLog, silentLog } from "./meeting_log.ts";
import type { MeetingOptions } from "./meeting_options.ts";
import { INITIAL_MEETING_STATE, MeetingError, type MeetingState } from "./meeting_state.ts";
import { MeetingStay } from "./meeting_stay.ts";
import { OwnStreams } from "./own_streams.ts";
import { type Actor, ParticipantActions } from "./participant_actions.ts";
import type { ParticipantRequests } from "./participant_requests.ts";
import type { StreamView, SubscribeOptions } from "./stream_view.ts";

export type { Connect } from "../transport/connect.ts";
export type { EncodedFrame, LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
export type { UplinkReport } from "../send/local_stream.ts";
export type { EncodingTarget } from "../send/encoding_target.ts";
export type { SimulcastLayer } from "../send/simulcast_layer.ts";
export type { JoinGrant, MeetingEndpoints } from "./grant.ts";
export type { MeetingOptions } from "./meeting_options.ts";
export type { MeetingEvents, RemoteFrame, TimingMark } from "./meeting_events.ts";
export {
  type ActionFailure,
  MAX_MESSAGE_LENGTH,
  MAX_POLL_OPTIONS,
  MAX_POLL_TEXT_LENGTH,
  MeetingActionError,
  type MeetingActions,
  type MeetingNotices,
} from "./meeting_actions.ts";
export { isModerator, MeetingError } from "./meeting_state.ts";
export { STABLE_AFTER_MS } from "./meeting_stay.ts";
export type {
  ActiveSpeaker,
  DeliveredStream,
  DownlinkReport,
  StreamBottleneck,
  StreamQuality,
} from "./stream_quality.ts";
export type { StreamView, SubscribeOptions } from "./stream_view.ts";
export type {
  ChatMessage,
  Knock,
  MeetingFailure,
  MeetingPhase,
  MeetingRole,
  MeetingState,
  ParticipantConnection,
  Poll,
  PublishedStream,
  RemoteParticipant,
  RemoteStream,
  StreamType,
} from "./meeting_state.ts";

/**
 * A meeting as one participant has it: the whole client but devices and codecs. Runs in a page, in
 * a worker and in Deno alike.
 *
 * `prepare` while the person still chooses devices makes `join` cheap; `join` alone works as well.
 * When its controller is lost it comes back by itself as the same participant, and media goes on
 * meanwhile; when no controller knows the participant any more, it joins anew with the same streams.
 */
export class Meeting extends ParticipantActions implements AsyncDisposable {
  readonly #options: MeetingOptions;
  readonly #log: MeetingLog;
  readonly #sender: MediaSender;
  readonly #own: OwnStreams;
  readonly #stay: MeetingStay;
  #state: MeetingState = INITIAL_MEETING_STATE;
  #pendingMarks = new Set<TimingMark>();

  constructor(options: MeetingOptions) {
    super();
    this.#options = options;
    const now = options.now ?? (() => performance.now());
    const scheduler = options.scheduler ?? platformScheduler;
    this.#log = options.log ?? silentLog;
    this.#sender = new MediaSender({
      now,
      onKeyFrameNeeded: (streamId, spatialLayer) =>
        options.events.onKeyFrameNeeded(streamId, spatialLayer),
      onEncodingTargets: (streamId, targets) =>
        options.events.onEncodingTargets?.(streamId, targets),
      onUplinkReport: (report) => options.events.onUplinkReport?.(report),
      scheduler,
      onSealError: (streamId, error) => this.#log.warn("frame not encrypted", { streamId, error }),
    });
    this.#own = new OwnStreams({
      sender: this.#sender,
      requests: () => this.#state.phase === "joined" ? this.#stay.session?.requests : undefined,
      patientRequests: () => this.#inMeeting() ? this.#stay.session?.requests : undefined,
      onChange: () => this.#update(this.#localStreams()),
      log: this.#log,
    });
    this.#stay = new MeetingStay({
      meeting: options,
      now,
      scheduler,
      log: this.#log,
      sender: this.#sender,
      own: this.#own,
      state: () => this.#state,
      update: (change) => this.#update(change),
      mark: (mark) => this.#mark(mark),
    });
  }

  /** The newest snapshot. */
  get state(): MeetingState {
    return this.#state;
  }

  /**
   * Connects to both servers and authenticates, invisible to the others. Resolves early when
   * `join` overtakes it.
   *
   * @throws {MeetingError} when the meeting cannot be joined ("failed"), or the servers cannot be
   * reached (then the meeting is "idle" again; a later `join` starts afresh).
   */
  async prepare(): Promise<void> {
    this.#requirePhase("prepare", "idle", "left", "failed");
    this.#update({ ...INITIAL_MEETING_STATE, phase: "preparing" });
    await this.#stay.prepare();
  }

  /**
   * Becomes visible to the others as `name`, with `streams` published at once. Tries again for
   * up to 30 s while the servers cannot be reached.
   *
   * @throws {MeetingError} when the meeting cannot be joined.
   * @throws the abort reason when `leave` is called meanwhile.
   */
  async join(options: {
    readonly name: string;
    readonly streams: readonly LocalStreamDescription[];
  }): Promise<void> {
    this.#requirePhase("join", "idle", "preparing", "prepared", "left", "failed");
    this.#own.addMissing(options.streams);
    this.#pendingMarks = new Set(["join.signaling", "join.media", "join.first-frame"]);
    const fresh = this.#stay.session === undefined ? INITIAL_MEETING_STATE : {};
    this.#update({ ...fresh, phase: "joining", error: undefined, ...this.#localStreams() });
    await this.#stay.begin(options.name);
  }

  /**
   * Adds a stream. Outside a meeting it is published with the next join.
   *
   * @throws {SignalingError} when the controller refuses it.
   * @throws {RangeError} when its id is in use, or there are too many streams.
   */
  async publish(description: LocalStreamDescription): Promise<LocalStream> {
    return await this.#own.publish(description);
  }

  /** An own stream that has been added and not removed. */
  localStream(streamId: string): LocalStream | undefined {
    return this.#sender.stream(streamId);
  }

  /** Removes an own stream, for the others too. */
  async unpublish(streamId: string): Promise<void> {
    await this.#own.unpublish(streamId);
  }

  /** Stops or continues an own stream, at once here and then for the others. */
  async setMuted(streamId: string, muted: boolean): Promise<void> {
    await this.#own.setMuted(streamId, muted);
  }

  /** Asks the publisher of someone else's stream for a key frame of this layer. */
  requestKeyFrame(streamId: string, spatialLayer = 0): void {
    this.#stay.session?.requestKeyFrame(streamId, spatialLayer);
  }

  /**
   * Receives a stream again after {@link unsubscribe}, or with other options; all are received from
   * the start.
   */
  async subscribe(streamId: string, options: SubscribeOptions = {}): Promise<void> {
    await this.#patiently((requests) => requests.subscribe(streamId, options));
  }

  /**
   * Says how streams of others are looked at, the most important first; replaces what was said
   * before. A stream that is not named is received as if it were shown at its full size.
   */
  setViews(views: readonly StreamView[]): void {
    this.#stay.setViews(views);
  }

  /**
   * The network changed, or came back: media moves to a fresh session at once, without leaving the
   * meeting. To be called when the platform says so; a path that dies is noticed without.
   */
  networkChanged(): void {
    this.#stay.session?.networkChanged();
  }

  /** Stops receiving a stream. */
  async unsubscribe(streamId: string): Promise<void> {
    await this.#patiently((requests) => requests.unsubscribe(streamId));
  }

  /** Leaves: the others see it at once. Own streams are gone. `join` may be called again. */
  async leave(): Promise<void> {
    if (this.#state.phase === "left") return;
    const ended = this.#stay.end();
    this.#sender.removeAll();
    this.#update({ ...INITIAL_MEETING_STATE, phase: "left" });
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  protected override actor(): Actor | undefined {
    return this.#inMeeting() ? this.#stay.session?.requests : undefined;
  }

  /** Also while the controller is away: what is asked then waits for it. */
  #inMeeting(): boolean {
    const { phase } = this.#state;
    return phase === "joined" || (phase === "reconnecting" && this.#stay.session?.joined === true);
  }

  /** Asks in a meeting, also while the controller is away; a session that ends needs no answer. */
  async #patiently(ask: (requests: ParticipantRequests) => Promise<void>): Promise<void> {
    if (!this.#inMeeting()) return;
    try {
      await ask(this.#stay.session!.requests);
    } catch (error) {
      if (error instanceof SignalingError) throw error;
      this.#log.info("request not answered", { error });
    }
  }

  #mark(mark: TimingMark): void {
    if (this.#state.phase !== "joining" && this.#state.phase !== "joined") return;
    if (this.#pendingMarks.delete(mark)) this.#options.events.onTiming?.(mark);
  }

  #localStreams(): Pick<MeetingState, "localStreams"> {
    return { localStreams: this.#own.snapshot };
  }

  #update(change: Partial<MeetingState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.events.onState(this.#state);
  }

  #requirePhase(action: string, ...phases: MeetingState["phase"][]): void {
    if (!phases.includes(this.#state.phase)) {
      throw new MeetingError("protocol", `cannot ${action} a meeting that is ${this.#state.phase}`);
    }
  }
}
