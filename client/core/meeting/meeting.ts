import { platformScheduler, type Scheduler } from "../crypto/scheduler.ts";
import type { LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
import { MediaSender } from "../send/media_sender.ts";
import type { Connect } from "../transport/connect.ts";
import { wait } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { judgeFailure } from "./failure.ts";
import { joinPatiently } from "./join_attempts.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import { type MeetingEvents, remoteFrameOf, type TimingMark } from "./meeting_events.ts";
import { type CreateKeys, createKeySchedule } from "./meeting_keys.ts";
import { type MeetingLog, silentLog } from "./meeting_log.ts";
import { INITIAL_MEETING_STATE, MeetingError, type MeetingState } from "./meeting_state.ts";
import { OwnStreams } from "./own_streams.ts";
import { type Actor, ParticipantActions } from "./participant_actions.ts";
import { ParticipantSession } from "./participant_session.ts";
import type { StreamView, SubscribeOptions } from "./stream_view.ts";

export type { Connect } from "../transport/connect.ts";
export type { EncodedFrame, LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
export type { UplinkReport } from "../send/local_stream.ts";
export type { EncodingTarget } from "../send/encoding_target.ts";
export type { SimulcastLayer } from "../send/simulcast_layer.ts";
export type { JoinGrant, MeetingEndpoints } from "./grant.ts";
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

/** What a meeting needs. */
export interface MeetingOptions {
  readonly connect: Connect;
  /** Gets the right to join once; called for each attempt. */
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /** Where the meeting is served, if known already: connecting need not wait for the grant. */
  readonly endpoints?: MeetingEndpoints | undefined;
  readonly events: MeetingEvents;
  readonly log?: MeetingLog;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
  readonly scheduler?: Scheduler;
  /** Numbers from 0 to below 1, for the waits between attempts. */
  readonly random?: () => number;
  readonly createKeys?: CreateKeys;
}

/**
 * A meeting as one participant has it: the whole client but devices and codecs. Runs in a page, in
 * a worker and in Deno alike.
 *
 * `prepare` while the person still chooses devices makes `join` cheap; `join` alone works as well.
 * When the connection is lost it joins again by itself, with the same streams.
 */
export class Meeting extends ParticipantActions implements AsyncDisposable {
  readonly #options: MeetingOptions;
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #log: MeetingLog;
  readonly #sender: MediaSender;
  readonly #own: OwnStreams;
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
    await this.#own.whileJoined((requests) => requests.subscribe(streamId, options));
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
    await this.#own.whileJoined((requests) => requests.unsubscribe(streamId));
  }

  /** Leaves: the others see it at once. Own streams are gone. `join` may be called again. */
  async leave(): Promise<void> {
    if (this.#state.phase === "left") return;
    const session = this.#session;
    this.#session = undefined;
    this.#stay.abort();
    this.#stay = new AbortController();
    this.#sender.removeAll();
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
    const inMeeting = this.#state.phase === "joined" || this.#state.phase === "reconnecting";
    return inMeeting ? this.#session?.requests : undefined;
  }

  /** Joins, attempt by attempt, beginning with `session`. */
  async #enter(session: ParticipantSession, startedAtMs: number): Promise<void> {
    const { signal } = this.#stay;
    let current: ParticipantSession | undefined = session;
    const attempt = async () => {
      const attempted = current ?? this.#newSession();
      current = undefined;
      try {
        await attempted.join(this.#name);
        signal.throwIfAborted();
        return attempted;
      } catch (error) {
        await this.#drop(attempted);
        throw error;
      }
    };
    const joined = await joinPatiently(attempt, {
      startedAtMs,
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
    const { connect, fetchGrant, endpoints, createKeys = createKeySchedule } = this.#options;
    const isCurrent = () => this.#session === session;
    const session = new ParticipantSession({
      connect,
      fetchGrant,
      // Later attempts go where a fresh grant says.
      endpoints: this.#endpointsUsed ? undefined : endpoints,
      sender: this.#sender,
      createKeys,
      log: this.#log,
      now: this.#now,
      scheduler: this.#scheduler,
      hooks: {
        onJoined: ({ grant, displayName, e2eEncryption, roster }) => {
          if (!isCurrent()) return;
          this.#mark("join.signaling");
          this.#update({
            phase: "joined",
            meetingId: grant.meetingId,
            participantId: grant.participantId,
            displayName: displayName || (grant.displayName ?? ""),
            e2eEncryption,
            participants: roster,
            grants: grant.grants,
            ...this.#localStreams(),
          });
          if (this.#state.media === "connected") this.#mark("join.media");
        },
        onRoster: (participants) => {
          if (isCurrent()) this.#update({ participants });
        },
        onMediaPhase: (media) => {
          if (!isCurrent()) return;
          if (this.#state.media !== media) this.#update({ media });
          if (media === "connected") this.#mark("join.media");
        },
        onFrame: (received) => {
          if (!isCurrent()) return;
          this.#mark("join.first-frame");
          this.#options.events.onFrame(remoteFrameOf(received));
        },
        onActiveSpeakers: (speakers) => {
          if (!isCurrent()) return;
          this.#options.events.onActiveSpeakers?.(speakers.map((speaker) => ({
            ...speaker,
            streamId: this.#sender.localStreamId(speaker.streamId) ?? speaker.streamId,
          })));
        },
        onDownlinkReport: (report) => {
          if (isCurrent()) this.#options.events.onDownlinkReport?.(report);
        },
        onStreamQuality: (quality) => {
          if (isCurrent()) this.#options.events.onStreamQuality?.(quality);
        },
      },
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
      this.#update({ phase: "reconnecting", media: "disconnected", ...this.#localStreams() });
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
