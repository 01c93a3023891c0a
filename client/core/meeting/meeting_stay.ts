import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaSender } from "../send/media_sender.ts";
import { ChatLog } from "../talk/chat_log.ts";
import { wait } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { judgeFailure } from "./failure.ts";
import { joinPatiently } from "./join_attempts.ts";
import { MeetingEpoch } from "./meeting_epoch.ts";
import type { TimingMark } from "./meeting_events.ts";
import { createKeySchedule } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { MeetingOptions } from "./meeting_options.ts";
import { INITIAL_MEETING_STATE, MeetingError, type MeetingState } from "./meeting_state.ts";
import type { OwnStreams } from "./own_streams.ts";
import { ParticipantSession } from "./participant_session.ts";
import { sessionHooks } from "./session_hooks.ts";
import type { StreamView } from "./stream_view.ts";

/** A participant that stayed this long was not part of a series of failures, milliseconds. */
export const STABLE_AFTER_MS = 10_000;

/** The meeting whose participant stays. */
export interface MeetingStayOptions {
  readonly meeting: MeetingOptions;
  readonly now: () => number;
  readonly scheduler: Scheduler;
  readonly log: MeetingLog;
  readonly sender: MediaSender;
  readonly own: OwnStreams;
  readonly state: () => MeetingState;
  readonly update: (change: Partial<MeetingState>) => void;
  readonly mark: (mark: TimingMark) => void;
}

/**
 * A person's stay in a meeting, by as many sessions as it takes: one that is lost for good is
 * followed by another one, with the same name, streams and views.
 */
export class MeetingStay {
  readonly #options: MeetingStayOptions;
  readonly #epoch: MeetingEpoch;
  readonly #backOff: BackOff;
  #chat = new ChatLog();
  #session: ParticipantSession | undefined;
  #name = "";
  #views: readonly StreamView[] | undefined;
  /** Ends what goes on when the person leaves. */
  #ended = new AbortController();
  #endpointsUsed = false;

  constructor(options: MeetingStayOptions) {
    this.#options = options;
    this.#epoch = new MeetingEpoch(options.meeting.onEpoch);
    this.#backOff = new BackOff(options.meeting.random);
  }

  /** The session that serves now; undefined outside a meeting and between two sessions. */
  get session(): ParticipantSession | undefined {
    return this.#session;
  }

  /** How streams of others are looked at, in this session and those to come. */
  setViews(views: readonly StreamView[]): void {
    this.#views = views;
    this.#session?.setViews(views);
  }

  /**
   * Connects ahead of a join; the phase is "preparing" when it is called.
   *
   * @throws {MeetingError} when the meeting cannot be joined, or the servers cannot be reached.
   */
  async prepare(): Promise<void> {
    const session = this.#newSession();
    try {
      await session.prepare();
    } catch (error) {
      if (this.#session !== session || this.#phase !== "preparing") return;
      await this.#drop(session);
      const { failure, retryForMs } = judgeFailure(error);
      if (retryForMs === 0) throw this.#fail(failure);
      this.#options.update(INITIAL_MEETING_STATE);
      throw failure;
    }
    if (this.#session !== session || this.#phase !== "preparing") return;
    this.#options.update({ phase: "prepared" });
    this.#watchPrepared(session);
  }

  /**
   * Joins as `name`, with what was prepared if it is still there; the phase is "joining" when it
   * is called.
   *
   * @throws {MeetingError} when the meeting cannot be joined.
   * @throws the abort reason when {@link end} is called meanwhile.
   */
  async begin(name: string): Promise<void> {
    this.#name = name;
    await this.#enter(this.#session ?? this.#newSession(), this.#options.now());
  }

  /** Ends at once for this person; resolves when the others have been told. */
  async end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#ended.abort();
    this.#ended = new AbortController();
    this.#chat = new ChatLog();
    if (session === undefined) return;
    if (session.joined) {
      // The controller notices the closed session, too.
      await session.leave().catch((error) =>
        this.#options.log.debug("leave not answered", { error })
      );
    }
    await session[Symbol.asyncDispose]();
  }

  get #phase(): MeetingState["phase"] {
    return this.#options.state().phase;
  }

  /** Joins, attempt by attempt, beginning with `session`. */
  async #enter(session: ParticipantSession, startedAtMs: number): Promise<void> {
    const { own, now, scheduler, log, state } = this.#options;
    const { signal } = this.#ended;
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
        if (attempted.waited) hopefulSinceMs = now();
        await this.#drop(attempted);
        throw error;
      }
    };
    const joined = await joinPatiently(attempt, {
      startedAtMs: () => hopefulSinceMs,
      backOff: this.#backOff,
      now,
      scheduler,
      signal,
      onFailedAttempt: (error) => log.warn("attempt to join failed", { error }),
    }).catch((error) => {
      throw error instanceof MeetingError && !signal.aborted ? this.#fail(error) : error;
    });
    this.#watchJoined(joined, now());
    own.publishMissing(state().grants);
  }

  #newSession(): ParticipantSession {
    const { own, sender, state, update, mark, now, scheduler, log } = this.#options;
    const { connect, fetchGrant, fetchEndpoints, endpoints, events, random } =
      this.#options.meeting;
    const { createKeys = createKeySchedule } = this.#options.meeting;
    own.forgetModeration();
    const isCurrent = () => this.#session === session;
    const session: ParticipantSession = new ParticipantSession({
      connect,
      fetchGrant,
      fetchEndpoints,
      // Later attempts go where a fresh grant says.
      endpoints: this.#endpointsUsed ? undefined : endpoints,
      epoch: this.#epoch,
      chat: this.#chat,
      sender,
      createKeys,
      random,
      log,
      now,
      scheduler,
      hooks: sessionHooks({ isCurrent, state, update, mark, events, own, sender }),
    });
    this.#endpointsUsed = true;
    this.#session = session;
    if (this.#views !== undefined) session.setViews(this.#views);
    session.connect();
    return session;
  }

  #watchPrepared(session: ParticipantSession): void {
    session.lost.then(async (error) => {
      if (this.#session !== session || this.#phase !== "prepared") return;
      this.#options.log.info("prepared session lost", { error });
      await this.#drop(session);
      if (this.#phase === "prepared") this.#options.update(INITIAL_MEETING_STATE);
    });
  }

  #watchJoined(session: ParticipantSession, joinedAtMs: number): void {
    const { own, update, now, scheduler, log } = this.#options;
    session.lost.then(async (error) => {
      if (this.#session !== session) return;
      await this.#drop(session);
      const { failure, retryForMs } = judgeFailure(error);
      if (retryForMs === 0) return void this.#fail(failure);
      log.warn("session lost, joining again", { error });
      const lostAtMs = now();
      if (lostAtMs - joinedAtMs >= STABLE_AFTER_MS) this.#backOff.reset();
      update({
        phase: "reconnecting",
        media: "disconnected",
        polls: [],
        localStreams: own.snapshot,
      });
      const { signal } = this.#ended;
      await wait(this.#backOff.next(), { signal, scheduler });
      await this.#enter(this.#newSession(), lostAtMs);
    }).catch((error) => {
      // The failure stands in the state; leaving is no failure.
      log.debug("not joined again", { error });
    });
  }

  async #drop(session: ParticipantSession): Promise<void> {
    if (this.#session === session) this.#session = undefined;
    await session[Symbol.asyncDispose]();
  }

  #fail(error: MeetingError): MeetingError {
    const { reason, message, retryAfterMs } = error;
    this.#chat = new ChatLog();
    this.#options.update({
      ...INITIAL_MEETING_STATE,
      phase: "failed",
      error: { reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      localStreams: this.#options.own.snapshot,
    });
    return error;
  }
}
