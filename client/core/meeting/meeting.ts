import { platformScheduler, type Scheduler } from "../crypto/scheduler.ts";
import type { LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
import { MediaSender } from "../send/media_sender.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { ChatLog } from "../talk/chat_log.ts";
import { wait } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { judgeFailure } from "./failure.ts";
import { joinPatiently } from "./join_attempts.ts";
import { MeetingEpoch } from "./meeting_epoch.ts";
import type { TimingMark } from "./meeting_events.ts";
import { createKeySchedule } from "./meeting_keys.ts";
import { type MeetingLog, silentLog } from "./meeting_log.ts";
import type { MeetingOptions } from "./meeting_options.ts";
import { INITIAL_MEETING_STATE, MeetingError, type MeetingState } from "./meeting_state.ts";
import { OwnStreams } from "./own_streams.ts";
import { type Actor, ParticipantActions } from "./participant_actions.ts";
import { ParticipantSession } from "./participant_session.ts";
import type { ParticipantRequests } from "./participant_requests.ts";
import { sessionHooks } from "./session_hooks.ts";
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

/** A participant that stayed this long was not part of a series of failures, milliseconds. */
export const STABLE_AFTER_MS = 10_000;

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
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #log: MeetingLog;
  readonly #sender: MediaSender;
  readonly #own: OwnStreams;
  readonly #epoch: MeetingEpoch;
  #chat = new ChatLog();
  #state: MeetingState = INITIAL_MEETING_STATE;
  #session: ParticipantSession | undefined;
  #name = "";
  #views: readonly StreamView[] | undefined;
  /** Ends what goes on when the person leaves. */
  #stay = new AbortController();
  #backOff: BackOff;
  #pendingMarks = new Set<TimingMark>();
  #endpointsUsed = false;

  constructor(options: MeetingOptions) {
    super();
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#scheduler = options.scheduler ?? platformScheduler;
    this.#log = options.log ?? silentLog;
    this.#epoch = new MeetingEpoch(options.onEpoch);
    this.#backOff = new BackOff(options.random);
    this.#sender = new MediaSender({
      now: this.#now,
      onKeyFrameNeeded: (streamId, spatialLayer) =>
        options.events.onKeyFrameNeeded(streamId, spatialLayer),
      onEncodingTargets: (streamId, targets) =>
        options.events.onEncodingTargets?.(streamId, targets),
      onUplinkReport: (report) => options.events.onUplinkReport?.(report),
      scheduler: this.#scheduler,
      onSealError: (streamId, error) => this.#log.warn("frame not encrypted", { streamId, error }),
    });
    this.#own = new OwnStreams({
      sender: this.#sender,
      requests: () => this.#state.phase === "joined" ? this.#session?.requests : undefined,
      patientRequests: () => this.#inMeeting() ? this.#session?.requests : undefined,
      onChange: () => this.#update(this.#localStreams()),
      log: this.#log,
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
    const session = this.#newSession();
    try {
      await session.prepare();
    } catch (error) {
      if (this.#session !== session || this.#state.phase !== "preparing") return;
      await this.#drop(session);
      const { failure, retryForMs } = judgeFailure(error);
      if (retryForMs === 0) throw this.#fail(failure);
      this.#update(INITIAL_MEETING_STATE);
      throw failure;
    }
    if (this.#session !== session || this.#state.phase !== "preparing") return;
    this.#update({ phase: "prepared" });
    this.#watchPrepared(session);
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
    this.#name = options.name;
    this.#pendingMarks = new Set(["join.signaling", "join.media", "join.first-frame"]);
    const fresh = this.#session === undefined ? INITIAL_MEETING_STATE : {};
    this.#update({ ...fresh, phase: "joining", error: undefined, ...this.#localStreams() });
    await this.#enter(this.#session ?? this.#newSession(), this.#now());
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
    this.#session?.requestKeyFrame(streamId, spatialLayer);
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
    this.#views = views;
    this.#session?.setViews(views);
  }

  /**
   * The network changed, or came back: media moves to a fresh session at once, without leaving the
   * meeting. To be called when the platform says so; a path that dies is noticed without.
   */
  networkChanged(): void {
    this.#session?.networkChanged();
  }

  /** Stops receiving a stream. */
  async unsubscribe(streamId: string): Promise<void> {
    await this.#patiently((requests) => requests.unsubscribe(streamId));
  }

  /** Leaves: the others see it at once. Own streams are gone. `join` may be called again. */
  async leave(): Promise<void> {
    if (this.#state.phase === "left") return;
    const session = this.#session;
    this.#session = undefined;
    this.#stay.abort();
    this.#stay = new AbortController();
    this.#sender.removeAll();
    this.#chat = new ChatLog();
    this.#update({ ...INITIAL_MEETING_STATE, phase: "left" });
    if (session === undefined) return;
    if (session.joined) {
      // The controller notices the closed session, too.
      await session.leave().catch((error) => this.#log.debug("leave not answered", { error }));
    }
    await session[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  protected override actor(): Actor | undefined {
    return this.#inMeeting() ? this.#session?.requests : undefined;
  }

  /** Also while the controller is away: what is asked then waits for it. */
  #inMeeting(): boolean {
    const { phase } = this.#state;
    return phase === "joined" || (phase === "reconnecting" && this.#session?.joined === true);
  }

  /** Asks in a meeting, also while the controller is away; a session that ends needs no answer. */
  async #patiently(ask: (requests: ParticipantRequests) => Promise<void>): Promise<void> {
    if (!this.#inMeeting()) return;
    try {
      await ask(this.#session!.requests);
    } catch (error) {
      if (error instanceof SignalingError) throw error;
      this.#log.info("request not answered", { error });
    }
  }

  /** Joins, attempt by attempt, beginning with `session`. */
  async #enter(session: ParticipantSession, startedAtMs: number): Promise<void> {
    const { signal } = this.#stay;
    let current: ParticipantSession | undefined = session;
    let hopefulSinceMs = startedAtMs;
    const attempt = async () => {
      const attempted = current ?? this.#newSession();
      current = undefined;
      try {
        await attempted.join(this.#name);
        signal.throwIfAborted();
        return attempted;
      } catch (error) {
        // Whoever was let in, or waited in vain, has not been trying all that time.
        if (attempted.waited) hopefulSinceMs = this.#now();
        await this.#drop(attempted);
        throw error;
      }
    };
    const joined = await joinPatiently(attempt, {
      startedAtMs: () => hopefulSinceMs,
      backOff: this.#backOff,
      now: this.#now,
      scheduler: this.#scheduler,
      signal,
      onFailedAttempt: (error) => this.#log.warn("attempt to join failed", { error }),
    }).catch((error) => {
      throw error instanceof MeetingError && !signal.aborted ? this.#fail(error) : error;
    });
    this.#watchJoined(joined, this.#now());
    this.#own.publishMissing(this.#state.grants);
  }

  #newSession(): ParticipantSession {
    const { connect, fetchGrant, fetchEndpoints, endpoints, events, random } = this.#options;
    const { createKeys = createKeySchedule } = this.#options;
    this.#own.forgetModeration();
    const session: ParticipantSession = new ParticipantSession({
      connect,
      fetchGrant,
      fetchEndpoints,
      // Later attempts go where a fresh grant says.
      endpoints: this.#endpointsUsed ? undefined : endpoints,
      epoch: this.#epoch,
      chat: this.#chat,
      sender: this.#sender,
      createKeys,
      random,
      log: this.#log,
      now: this.#now,
      scheduler: this.#scheduler,
      hooks: sessionHooks({
        isCurrent: () => this.#session === session,
        state: () => this.#state,
        update: (change) => this.#update(change),
        mark: (mark) => this.#mark(mark),
        events,
        own: this.#own,
        sender: this.#sender,
      }),
    });
    this.#endpointsUsed = true;
    this.#session = session;
    if (this.#views !== undefined) session.setViews(this.#views);
    session.connect();
    return session;
  }

  #watchPrepared(session: ParticipantSession): void {
    session.lost.then(async (error) => {
      if (this.#session !== session || this.#state.phase !== "prepared") return;
      this.#log.info("prepared session lost", { error });
      await this.#drop(session);
      if (this.#state.phase === "prepared") this.#update(INITIAL_MEETING_STATE);
    });
  }

  #watchJoined(session: ParticipantSession, joinedAtMs: number): void {
    session.lost.then(async (error) => {
      if (this.#session !== session) return;
      await this.#drop(session);
      const { failure, retryForMs } = judgeFailure(error);
      if (retryForMs === 0) return void this.#fail(failure);
      this.#log.warn("session lost, joining again", { error });
      const lostAtMs = this.#now();
      if (lostAtMs - joinedAtMs >= STABLE_AFTER_MS) this.#backOff.reset();
      this.#update({
        phase: "reconnecting",
        media: "disconnected",
        polls: [],
        ...this.#localStreams(),
      });
      const { signal } = this.#stay;
      await wait(this.#backOff.next(), { signal, scheduler: this.#scheduler });
      await this.#enter(this.#newSession(), lostAtMs);
    }).catch((error) => {
      // The failure stands in the state; leaving is no failure.
      this.#log.debug("not joined again", { error });
    });
  }

  async #drop(session: ParticipantSession): Promise<void> {
    if (this.#session === session) this.#session = undefined;
    await session[Symbol.asyncDispose]();
  }

  #fail(error: MeetingError): MeetingError {
    this.#chat = new ChatLog();
    this.#update({
      ...INITIAL_MEETING_STATE,
      phase: "failed",
      error: {
        reason: error.reason,
        message: error.message,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      },
      ...this.#localStreams(),
    });
    return error;
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
