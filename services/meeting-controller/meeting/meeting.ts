import type { MediaTelemetry } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type {
  EncryptionKeys,
  LeaveReason,
  MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { CloseCode } from "../participant/close_code.ts";
import { KeyAllowances } from "../participant/key_allowance.ts";
import type { WrappedKeyFor } from "../participant/key_delivery.ts";
import {
  LOST_CONNECTION,
  type Participant,
  type ParticipantConnection,
} from "../participant/participant.ts";
import type { MediaCallOptions, MediaHandler } from "../placement/media_handlers.ts";
import type { Hands } from "../talk/hands.ts";
import type { Messages } from "../talk/messages.ts";
import type { Polls } from "../talk/polls.ts";
import type { Reactions } from "../talk/reactions.ts";
import type { Prepared } from "./admission.ts";
import { Closing } from "./closing.ts";
import { Ending } from "./ending.ts";
import type { Entrance } from "./entrance.ts";
import type { JoinDetails } from "./join_details.ts";
import { type MeetingEnvironment, MeetingParts } from "./meeting_parts.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import type { MeetingStreams } from "./meeting_streams.ts";
import { unavailable } from "./refusal.ts";
import { restoreParticipants } from "./restored_participants.ts";
import type { ResumeDetails } from "./resume_details.ts";
import type { Arrived } from "./sessions.ts";
import { StreamQualityNews } from "./stream_quality_news.ts";
import type { Tenure } from "./tenure.ts";

export type { MeetingEnvironment } from "./meeting_parts.ts";

/**
 * One meeting while it is owned here. Whatever its participants do happens within one turn of the
 * event loop, so that all see one order; only what has to ask others first (admission, a resume,
 * moderators' deeds) takes longer, and looks again before it changes anything.
 */
export class Meeting implements AsyncDisposable {
  readonly #tenure: Tenure;
  readonly #closing: Closing;
  readonly #parts: MeetingParts;
  readonly #quality = new StreamQualityNews();
  readonly #keyAllowances: KeyAllowances;
  readonly #ending: Ending;

  constructor(readonly meetingId: string, tenure: Tenure, environment: MeetingEnvironment) {
    this.#tenure = tenure;
    this.#closing = new Closing(tenure);
    const parts = this.#parts = new MeetingParts(meetingId, tenure, environment, this.#closing);
    this.#ending = new Ending(parts, this.#closing);
    this.#keyAllowances = new KeyAllowances(environment.clock);
    const { restored } = tenure;
    if (restored === undefined) return;
    for (const part of [parts.hands, parts.messages, parts.polls]) part.restore(restored);
    restoreParticipants(restored, parts, environment.mediaHandlers);
  }

  /** How people get in, and are put out. */
  get entrance(): Entrance {
    return this.#parts.entrance;
  }

  /** What is published and who gets it. */
  get streams(): MeetingStreams {
    return this.#parts.streams;
  }

  get hands(): Hands {
    return this.#parts.hands;
  }

  get messages(): Messages {
    return this.#parts.messages;
  }

  get reactions(): Reactions {
    return this.#parts.reactions;
  }

  get polls(): Polls {
    return this.#parts.polls;
  }

  get lobby(): Lobby {
    return this.#parts.lobby;
  }

  get moderation(): Moderation {
    return this.#parts.moderation;
  }

  /** Of the ownership of the meeting: all that is sent carries it. */
  get epoch(): bigint {
    return this.#tenure.epoch;
  }

  /** Participants that the others see. */
  get size(): number {
    return this.#parts.state.roster.size;
  }

  /** Nobody is in it, away, at its door, or in its lobby. */
  get isEmpty(): boolean {
    const { state: { roster }, entrance, lobby } = this.#parts;
    return roster.isEmpty && entrance.admission.isEmpty && lobby.size === 0;
  }

  /** It is over, for good. */
  get hasEnded(): boolean {
    return this.#closing.closed?.because === "ended";
  }

  /** As people see it. */
  settings(): MeetingSettings {
    return this.#parts.state.settings();
  }

  /** The ids of all whose session lives. */
  participants(): string[] {
    return this.#parts.state.roster.sessions().map(({ id }) => id);
  }

  /** Takes settings that were assigned anew. Encryption never changes while someone is here. */
  configure(settings: MeetingSettings): void {
    this.#parts.state.configure(settings, this.isEmpty);
  }

  /** Others than this process changed facts of the meeting: bans and given roles are read again. */
  renewFacts(): void {
    this.#parts.factsRenewal.request();
  }

  /** Where the meeting's media is or will be. */
  mediaHandler(): MediaHandler | undefined {
    return this.#parts.media.place();
  }

  /**
   * Whether anything may change now.
   *
   * @throws {Refusal} NOT_FOUND when it ended, MOVED, or UNAVAILABLE when somebody else may own it.
   */
  checkOpen(): void {
    this.#closing.check();
  }

  /**
   * Resolves when what was changed so far may be acknowledged.
   *
   * @throws {Refusal} UNAVAILABLE when somebody else may own the meeting.
   */
  async stored(): Promise<void> {
    await this.#tenure.stored();
    if (!this.#tenure.mayAcknowledge()) throw unavailable();
  }

  /**
   * Makes someone at the door a participant, and tells the others.
   *
   * @throws {Refusal} as {@link checkOpen} and `Entrance.checkJoin`.
   */
  join(prepared: Prepared, details: JoinDetails, call: MediaCallOptions): Arrived {
    const { entrance, sessions } = this.#parts;
    this.checkOpen();
    entrance.checkJoin(prepared.identity, details, prepared.isAdmitted);
    entrance.admission.take(prepared);
    return sessions.join(prepared, details, call);
  }

  /** Lets somebody come back. @throws {Refusal} as `Sessions.resume`. */
  async resume(
    details: ResumeDetails,
    connection: ParticipantConnection,
    call: MediaCallOptions,
  ): Promise<Arrived> {
    return await this.#parts.sessions.resume(details, connection, call);
  }

  /** The connection of a participant ended with this code. */
  closed(participant: Participant, connection: ParticipantConnection, code: CloseCode): void {
    if (!this.#closing.isElsewhere) {
      return this.#parts.sessions.closed(participant, connection, code);
    }
    if (participant.connection === connection) participant.connection = LOST_CONNECTION;
    this.#ending.onLeft();
  }

  /** The participant goes for good. */
  leave(participant: Participant, reason: LeaveReason): void {
    this.#parts.sessions.leave(participant, reason);
  }

  /** `Entrance.eject`; resolves when no other owner would have the participant back. */
  async eject(participantId: string, reason: string): Promise<void> {
    await this.entrance.eject(participantId, CloseCode.REMOVED, reason);
    await this.stored();
  }

  /** `Entrance.revokeTokens`; resolves as {@link eject} does. */
  async revokeTokens(tokenIds: readonly string[]): Promise<void> {
    await this.entrance.revokeTokens(tokenIds);
    if (tokenIds.length > 0) await this.stored();
  }

  updateEncryptionKeys(participant: Participant, encryptionKeys: EncryptionKeys): void {
    this.#parts.sessions.renewKeys(participant, encryptionKeys);
  }

  /**
   * Hands key messages on, all or none. Whoever is not here (any more) gets none.
   *
   * @throws {Refusal} RATE_LIMITED when the sender delivers too much to one of them.
   */
  deliverKeys(sender: Participant, keys: readonly WrappedKeyFor[]): void {
    const { state } = this.#parts;
    const addressed = keys.flatMap(({ recipientId, message }) => {
      const recipient = state.roster.find(recipientId);
      return recipient === undefined || recipient === sender ? [] : [{ recipient, message }];
    });
    this.#keyAllowances.spend(sender, addressed);
    for (const { recipient, message } of addressed) {
      state.tell(recipient, { case: "keysDelivered", value: { senderId: sender.id, message } });
    }
  }

  /** Tells a publisher how its stream fares, if `handlerId` is the one to know and it is news. */
  onTelemetry(handlerId: string, telemetry: MediaTelemetry): void {
    const { state, media } = this.#parts;
    const published = state.roster.findStream(telemetry.streamId);
    if (published === undefined || !media.isAt(handlerId)) return;
    const value = this.#quality.news(published.stream, telemetry, state.clock.now());
    if (value === undefined) return;
    state.tell(published.publisher, { case: "streamQualityUpdate", value });
  }

  /** Whether the participant's media is connected, if `handlerId` is the one to know. */
  onPresence(handlerId: string, participantId: string, connected: boolean): void {
    const { media, sessions } = this.#parts;
    if (this.#closing.closed !== undefined || !media.isAt(handlerId)) return;
    sessions.presence.onMedia(participantId, connected);
  }

  /** All that is stored of the meeting, as it is now. */
  snapshot(): Map<string, Uint8Array> {
    return this.#parts.fields();
  }

  /**
   * The meeting goes on at another controller: tells everyone, and closes the sessions of those who
   * have not gone there after {@link MOVE_LIMIT_MS}. Resolves when nobody is left.
   */
  async moveTo(controller: MeetingControllerInfo): Promise<void> {
    await this.#ending.moveTo(controller);
  }

  /** The meeting is another controller's: closes all sessions, and nobody leaves by that. */
  stepDown(): void {
    this.#ending.stepDown();
  }

  /** Ends the meeting for everyone in it, at its door, and in its lobby. Idempotent. */
  async end(): Promise<void> {
    await this.#ending.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending[Symbol.asyncDispose]();
  }
}
