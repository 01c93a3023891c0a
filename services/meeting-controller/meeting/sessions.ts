import {
  type EncryptionKeys,
  ErrorCode,
  LeaveReason,
  type MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { GivenRoles } from "../moderation/given_roles.ts";
import { CloseCode } from "../participant/close_code.ts";
import {
  LOST_CONNECTION,
  Participant,
  type ParticipantConnection,
} from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import { MediaUnavailableError } from "../placement/media_plan.ts";
import type { MeetingMedia } from "../placement/meeting_media.ts";
import { Presence } from "../presence/presence.ts";
import { participantField } from "../state/meeting_fields.ts";
import { type Prepared, SUPERSEDED_REASON } from "./admission.ts";
import type { AttendanceReports } from "./attendance_reports.ts";
import type { Closing } from "./closing.ts";
import type { EntryRules } from "./entry_rules.ts";
import type { JoinDetails } from "./join_details.ts";
import type { MeetingContext } from "./meeting_context.ts";
import type { MeetingStreams } from "./meeting_streams.ts";
import { Refusal, unavailable } from "./refusal.ts";
import { checkResume, checkSecret } from "./resume_check.ts";
import type { ResumeDetails } from "./resume_details.ts";
import type { ServerMessage } from "./server_message.ts";
import { SessionNews } from "./session_news.ts";
import type { Arrival } from "./welcome.ts";

/** Whoever just came in or back. */
export interface Arrived {
  readonly participant: Participant;
  readonly answer: ServerMessage;
  /** To be sent right after the answer. */
  readonly further: readonly ServerMessage[];
}

/** What {@link Sessions} stand on. */
export interface SessionsOptions {
  readonly context: MeetingContext;
  readonly epoch: bigint;
  readonly media: MeetingMedia;
  readonly streams: MeetingStreams;
  readonly roles: GivenRoles;
  readonly rules: EntryRules;
  readonly reports: AttendanceReports;
  /** The number of the newest message. */
  readonly lastMessageNumber: () => bigint;
  /** How whoever comes in or back is answered. */
  readonly welcome: (
    participant: Participant,
    arrival: Arrival,
  ) => Omit<Arrived, "participant">;
  readonly closing: Closing;
  /** The store's clock, milliseconds since the Unix epoch. */
  readonly storeNow: () => number;
}

/**
 * How many may be away from a meeting at a time, at least; else as many as may join. Who joins and
 * goes silent again and again would fill the memory otherwise: those who are away count nowhere else.
 */
export const MIN_AWAY_LIMIT = 200;

const ENDING_CODES: ReadonlyMap<CloseCode, LeaveReason> = new Map([
  [CloseCode.REMOVED, LeaveReason.KICKED],
  [CloseCode.BANNED, LeaveReason.KICKED],
  [CloseCode.MEETING_ENDED, LeaveReason.MEETING_ENDED],
]);

/**
 * The sessions of a meeting's participants: who joins, loses the connection, comes back by a proof,
 * is away, and goes. Whatever changes, changes within one turn of the event loop.
 */
export class Sessions implements Disposable {
  readonly presence: Presence;
  readonly #options: SessionsOptions;
  readonly #news: SessionNews;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#news = new SessionNews(options.context, options.epoch);
    this.presence = new Presence({
      clock: options.context.clock,
      mayChange: () => options.closing.mayChange,
      listener: {
        onChanged: (participant) => this.#news.updated(participant),
        onAway: (participant) => this.#onAway(participant),
        onGone: (participant) => this.leave(participant, LeaveReason.CONNECTION_LOST),
      },
    });
  }

  /** Somebody at the door, who may join, is a participant now. */
  join(prepared: Prepared, details: JoinDetails, call: MediaCallOptions): Arrived {
    const { context, streams, roles, reports, welcome } = this.#options;
    const { identity, connection, mediaServer } = prepared;
    const participant = new Participant(
      identity,
      identity.name ?? details.name,
      context.clock.wallNow(),
      details.encryptionKeys,
      connection,
    );
    participant.role = roles.roleOf(identity);
    participant.identityKey = details.identityKey;
    participant.joinedAfterMessage = this.#options.lastMessageNumber();
    for (const stream of details.streams) participant.streams.set(stream.streamId, stream);
    const resumeSecret = participant.canResume ? participant.secrets.issue() : new Uint8Array(0);
    this.presence.arrived(participant);
    const answer = welcome(participant, {
      mediaServer,
      resumeSecret,
      lastMessageNumber: undefined,
    });

    context.roster.add(participant);
    streams.onJoined(participant, details.subscribeToAll, call);
    context.save(participant);
    this.#news.joined(participant);
    reports.joined(participant);
    this.#news.log("participant joined", participant, { streams: details.streams.length });
    return { participant, ...answer };
  }

  /**
   * Somebody comes back to a session, over `connection`: an older connection of it ends.
   *
   * @throws {Refusal} NOT_FOUND without such a session, UNAUTHORIZED without its secret and proof,
   * FORBIDDEN when the person is banned, UNAVAILABLE, MOVED, or as `MeetingStreams.reconcile`. The session stays as it was then.
   */
  async resume(
    details: ResumeDetails,
    connection: ParticipantConnection,
    call: MediaCallOptions,
  ): Promise<Arrived> {
    const { context, streams, rules, welcome, closing } = this.#options;
    closing.check();
    const participant = this.#find(details.participantId);
    await checkResume(context.meetingId, participant, details);
    const mediaServer = await this.#register(participant, call);
    // Another may have come back with the same secret meanwhile: this one, the later, is it now.
    checkSecret(participant, details.secret);
    closing.check();
    rules.checkBans(participant.identity);

    streams.reconcile(participant, details.streams, call);
    const older = participant.connection;
    participant.connection = connection;
    older.close(CloseCode.SUPERSEDED, SUPERSEDED_REASON);
    const resumeSecret = participant.secrets.issue(details.secret);
    participant.lostAt = 0;
    if (details.encryptionKeys !== undefined) this.renewKeys(participant, details.encryptionKeys);
    const before = participant.connectionState;
    this.presence.arrived(participant);
    const wasAway = participant.isAway;
    if (wasAway) this.#bringBack(participant);
    else if (participant.connectionState !== before) this.#news.updated(participant, participant);
    context.save(participant);
    this.#news.log("participant resumed", participant, { wasAway });
    const { lastMessageNumber } = details;
    return {
      participant,
      ...welcome(participant, { mediaServer, resumeSecret, lastMessageNumber }),
    };
  }

  /** Somebody whom the owner before left, and whom nobody has resumed here yet. */
  restore(participant: Participant, lostForMs: number): void {
    const { context, reports } = this.#options;
    context.roster.add(participant);
    // Known already, unless that was forgotten while nobody owned the meeting.
    if (!participant.isAway) reports.joined(participant);
    this.presence.lost(participant, { sinceMs: lostForMs });
  }

  /** The connection of a participant ended. Who can come back stays in the meeting for a while. */
  closed(participant: Participant, connection: ParticipantConnection, code: CloseCode): void {
    if (participant.connection !== connection || !this.#isHere(participant)) return;
    const ending = ENDING_CODES.get(code);
    if (ending !== undefined || !participant.canResume) {
      return this.leave(participant, ending ?? LeaveReason.CONNECTION_LOST);
    }
    participant.connection = LOST_CONNECTION;
    participant.lostAt = Math.trunc(this.#options.storeNow());
    this.#options.context.save(participant);
    this.presence.lost(participant, { closedByPeer: connection.closedByPeer });
    this.#news.log("participant lost", participant);
  }

  /** The session of the participant is over for good. */
  leave(participant: Participant, reason: LeaveReason): void {
    const { context, streams, media, reports, closing } = this.#options;
    if (!context.roster.remove(participant)) return;
    this.presence.forget(participant);
    streams.onLeft(participant);
    media.remove(participant.id);
    context.notes.remove(participantField(participant.id));
    if (!participant.isAway) {
      if (closing.closed === undefined) this.#news.left(participant, reason);
      reports.left(participant, reason);
    }
    this.#news.logLeft(participant, reason);
  }

  /** Ends the session of the participant, whether its connection stands or not. */
  end(participant: Participant, code: CloseCode, reason: string): void {
    const { connection } = participant;
    this.leave(participant, ENDING_CODES.get(code) ?? LeaveReason.CONNECTION_LOST);
    connection.close(code, reason);
  }

  /** The participant has these keys now. */
  renewKeys(participant: Participant, keys: EncryptionKeys): void {
    const { context } = this.#options;
    const isSame = participant.encryptionKeys?.keyId === keys.keyId;
    participant.encryptionKeys = keys;
    context.save(participant);
    if (isSame || participant.isAway) return;
    context.roster.broadcast({
      case: "encryptionKeysUpdated",
      value: { participantId: participant.id, encryptionKeys: keys },
    }, participant);
  }

  /** Of the owner before somebody was left who cannot come back. */
  reportMissing(participant: Participant): void {
    if (!participant.isAway) this.#options.reports.left(participant, LeaveReason.CONNECTION_LOST);
    this.#news.logLeft(participant, LeaveReason.CONNECTION_LOST);
  }

  [Symbol.dispose](): void {
    this.presence[Symbol.dispose]();
  }

  #find(participantId: string): Participant {
    const participant = this.#options.context.roster.findSession(participantId);
    if (participant === undefined) throw gone();
    return participant;
  }

  #isHere(participant: Participant): boolean {
    return this.#options.context.roster.findSession(participant.id) === participant;
  }

  /** The media handler knows the participant still: what it answers is what it answered before. */
  async #register(participant: Participant, call: MediaCallOptions): Promise<MediaServerInfo> {
    const { media, context } = this.#options;
    let mediaServer: MediaServerInfo;
    try {
      mediaServer = await media.reach(participant.id, [...participant.streams.values()], call);
    } catch (error) {
      throw error instanceof MediaUnavailableError ? unavailable(error) : error;
    }
    if (this.#isHere(participant)) return mediaServer;
    // It left while the call was under way, and must not stay at the media handler alone.
    if (context.roster.findSession(participant.id) === undefined) media.remove(participant.id);
    throw gone();
  }

  #onAway(participant: Participant): void {
    const { context, reports } = this.#options;
    context.roster.hide(participant);
    context.save(participant);
    this.#news.left(participant, LeaveReason.CONNECTION_LOST);
    reports.left(participant, LeaveReason.CONNECTION_LOST);
    this.#news.log("participant away", participant);
    this.#forgetLongestAway();
  }

  #forgetLongestAway(): void {
    const { context } = this.#options;
    const away = context.roster.away();
    const excess = away.length - Math.max(MIN_AWAY_LIMIT, context.settings().maxParticipants);
    for (const participant of away.slice(0, Math.max(0, excess))) {
      this.leave(participant, LeaveReason.CONNECTION_LOST);
    }
  }

  #bringBack(participant: Participant): void {
    const { context, reports } = this.#options;
    context.roster.show(participant);
    this.#news.joined(participant);
    reports.joined(participant);
  }
}

function gone(): Refusal {
  return new Refusal(ErrorCode.NOT_FOUND, "there is no such session (any more); join anew");
}
