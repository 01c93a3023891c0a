import {
  type EncryptionKeys,
  ErrorCode,
  LeaveReason,
  type MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MediaTelemetry } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { MeetingEvents } from "../events/meeting_events.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { WrappedKeyFor } from "../participant/key_delivery.ts";
import { checkMayPublish } from "../participant/grant.ts";
import { type Identity, Participant } from "../participant/participant.ts";
import type { MediaCallOptions, MediaHandler, MediaHandlers } from "../placement/media_handlers.ts";
import { MeetingMedia } from "../placement/meeting_media.ts";
import { Revocations } from "../token/revocations.ts";
import { Admission, type AdmissionRequest, type Prepared } from "./admission.ts";
import { EntryRules } from "./entry_rules.ts";
import { joinAnswer } from "./join_answer.ts";
import type { JoinDetails } from "./join_details.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { invalid, Refusal } from "./refusal.ts";
import { MeetingStreams } from "./meeting_streams.ts";
import { Roster } from "./roster.ts";
import { encodeEvent, type ServerMessage } from "./server_message.ts";
import { StreamQualityNews } from "./stream_quality_news.ts";

/** How many may wait prepared at the door of a meeting, at least; else as many as may join. */
export const MIN_PREPARED_LIMIT = 50;

/** What a meeting stands on. */
export interface MeetingEnvironment {
  readonly mediaHandlers: MediaHandlers;
  readonly events: MeetingEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * One meeting: what its participants ask of it, and what the others are told of that. Everything
 * but admission happens at once, within one turn of the event loop, so that all see one order.
 */
export class Meeting implements AsyncDisposable {
  readonly #environment: MeetingEnvironment;
  readonly #log: Logger;
  readonly #roster = new Roster();
  /** What is published and who gets it. */
  readonly streams: MeetingStreams;
  readonly #media: MeetingMedia;
  readonly #admission: Admission;
  readonly #quality = new StreamQualityNews();
  readonly #entry: EntryRules;
  #settings: MeetingSettings;
  #ended = false;

  constructor(
    readonly meetingId: string,
    settings: MeetingSettings,
    environment: MeetingEnvironment,
  ) {
    this.#settings = settings;
    this.#environment = environment;
    this.#entry = new EntryRules({
      revocations: new Revocations({ clock: environment.clock }),
      isLocked: () => this.#settings.locked,
    });
    this.#log = environment.log.with({ meetingId });
    this.#media = new MeetingMedia({
      meetingId,
      e2eEncryption: () => this.#settings.e2eEncryption,
      handlers: environment.mediaHandlers,
      plan: {
        streamsOf: (id) => [...(this.#roster.find(id)?.streams.values() ?? [])],
        routes: () => this.streams.routes(),
        moved: (id, server) => this.#onMoved(id, server),
      },
      clock: environment.clock,
      log: this.#log,
    });
    this.streams = new MeetingStreams(this.#roster, this.#media);
    this.#admission = new Admission(
      this.#media,
      (id) => this.#roster.find(id)?.connection,
      () => Math.max(MIN_PREPARED_LIMIT, this.#settings.maxParticipants),
    );
  }

  /** Participants that the others see. */
  get size(): number {
    return this.#roster.size;
  }

  /** Nobody is in it or at its door. */
  get isEmpty(): boolean {
    return this.#roster.size === 0 && this.#admission.isEmpty;
  }

  /** Takes settings that were assigned anew. Encryption never changes while someone is here. */
  configure(settings: MeetingSettings): void {
    const e2eEncryption = this.isEmpty ? settings.e2eEncryption : this.#settings.e2eEncryption;
    this.#settings = { ...settings, e2eEncryption };
  }

  /** Where the meeting's media is or will be. */
  mediaHandler(): MediaHandler | undefined {
    return this.#media.place();
  }

  /**
   * Admits the owner of a valid token to the door: known to the media handler, seen by nobody.
   *
   * @throws {Refusal} UNAUTHORIZED when the token was used before or is revoked, FORBIDDEN when the
   * meeting is locked, NOT_FOUND when it ended, CAPACITY_EXCEEDED, CONFLICT.
   */
  async admit(request: AdmissionRequest): Promise<Prepared> {
    this.#entry.check(request.identity);
    const prepared = await this.#admission.admit(request);
    try {
      // Much may have happened while the media handler answered.
      if (this.#ended) throw new Refusal(ErrorCode.NOT_FOUND, "the meeting has ended");
      this.#entry.check(request.identity);
    } catch (error) {
      this.withdraw(prepared);
      throw error;
    }
    return prepared;
  }

  /** Someone at the door goes away. */
  withdraw(prepared: Prepared): void {
    if (this.#admission.take(prepared)) this.#media.remove(prepared.identity.participantId);
  }

  /**
   * Disconnects the participant, here and at the media handler, and lets nobody in with the
   * participant's tokens any more. Resolves once the media handler knows. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when too many are out already.
   */
  async eject(participantId: string, reason: string): Promise<void> {
    this.#entry.revoke([participantId]);
    this.#remove((identity) => identity.participantId === participantId, reason);
    await this.#media.removed(participantId);
  }

  /**
   * Lets nobody in with these tokens any more, and ejects those who came with one. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when there are too many.
   */
  async revokeTokens(tokenIds: readonly string[]): Promise<void> {
    this.#entry.revoke(tokenIds);
    const revoked = new Set(tokenIds);
    const removed = this.#remove(
      ({ tokenId }) => revoked.has(tokenId),
      "the invitation is revoked",
    );
    await Promise.all(removed.map((participantId) => this.#media.removed(participantId)));
  }

  /**
   * Whether someone could join now.
   *
   * @throws {Refusal} UNAUTHORIZED, FORBIDDEN, CAPACITY_EXCEEDED, CONFLICT or INVALID_REQUEST.
   */
  checkJoin(identity: Identity, details: JoinDetails): void {
    this.#entry.check(identity);
    if (this.#roster.size >= this.#settings.maxParticipants) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "the meeting is full");
    }
    if (this.#settings.e2eEncryption && details.encryptionKeys === undefined) {
      throw invalid("encryption_keys are missing and the meeting is end-to-end encrypted");
    }
    for (const stream of details.streams) {
      checkMayPublish(identity.grants, stream);
      this.streams.checkIsNew(stream.streamId);
    }
  }

  /**
   * Makes someone at the door a participant: answers, then tells the others.
   *
   * @throws {Refusal} as {@link checkJoin}.
   */
  join(
    prepared: Prepared,
    details: JoinDetails,
    call: MediaCallOptions,
    respond: (answer: ServerMessage) => void,
  ): Participant {
    const { identity, connection } = prepared;
    const { participantId } = identity;
    this.checkJoin(identity, details);
    this.#admission.take(prepared);
    const { answer, further } = joinAnswer({
      participantId,
      existing: [...this.#roster.participants()].map((other) => other.describe()),
      mediaServer: prepared.mediaServer,
      encryptionKeys: details.encryptionKeys,
      settings: this.#settings,
    });
    respond(answer);
    for (const event of further) connection.send(encodeEvent(event));

    const joinedAt = this.#environment.clock.wallNow();
    const participant = new Participant(
      identity,
      identity.name ?? details.name,
      joinedAt,
      details.encryptionKeys,
      connection,
    );
    for (const stream of details.streams) participant.streams.set(stream.streamId, stream);
    this.#roster.add(participant);
    this.streams.onJoined(participant, details.subscribeToAll, call);
    this.#roster.broadcast({
      case: "participantJoined",
      value: { participant: participant.describe() },
    }, participant);
    this.#report(participant, { type: "joined" }, joinedAt);
    this.#log.info("participant joined", {
      participantId,
      participants: this.#roster.size,
      streams: details.streams.length,
    });
    return participant;
  }

  leave(participant: Participant, reason: LeaveReason): void {
    if (!this.#roster.remove(participant)) return;
    this.streams.onLeft(participant);
    this.#media.remove(participant.id);
    if (!this.#ended) {
      this.#roster.broadcast({
        case: "participantLeft",
        value: { participantId: participant.id, reason },
      });
    }
    this.#report(participant, { type: "left", reason }, this.#environment.clock.wallNow());
    this.#log.info("participant left", {
      participantId: participant.id,
      participants: this.#roster.size,
      reason: LeaveReason[reason],
    });
  }

  updateEncryptionKeys(participant: Participant, encryptionKeys: EncryptionKeys): void {
    participant.encryptionKeys = encryptionKeys;
    this.#roster.broadcast({
      case: "encryptionKeysUpdated",
      value: { participantId: participant.id, encryptionKeys },
    }, participant);
  }

  /** Hands key messages on. Whoever is not here (any more) gets none. */
  deliverKeys(sender: Participant, keys: readonly WrappedKeyFor[]): void {
    for (const { recipientId, message } of keys) {
      const recipient = this.#roster.find(recipientId);
      if (recipient === undefined || recipient === sender) continue;
      recipient.connection.send(encodeEvent({
        case: "keysDelivered",
        value: { senderId: sender.id, message },
      }));
    }
  }

  /** Tells a publisher how its stream fares, if `handlerId` is the one to know and it is news. */
  onTelemetry(handlerId: string, telemetry: MediaTelemetry): void {
    const published = this.#roster.findStream(telemetry.streamId);
    if (published === undefined || !this.#media.isAt(handlerId)) return;
    const nowMs = this.#environment.clock.now();
    const value = this.#quality.news(published.stream, telemetry, nowMs);
    if (value === undefined) return;
    published.publisher.connection.send(encodeEvent({ case: "streamQualityUpdate", value }));
  }

  /** Ends the meeting for everyone in it and at its door. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { connection } of [...this.#roster.participants(), ...this.#admission.prepared()]) {
      connection.close(CloseCode.MEETING_ENDED, "the meeting has ended");
    }
    this.#log.info("meeting ended");
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#media[Symbol.asyncDispose]();
  }

  /** Disconnects everyone whom `goes` names. @returns their ids. */
  #remove(goes: (identity: Identity) => boolean, reason: string): string[] {
    const here = [...this.#roster.participants(), ...this.#admission.prepared()];
    const leaving = here.filter(({ identity }) => goes(identity));
    for (const { connection } of leaving) connection.close(CloseCode.REMOVED, reason);
    return leaving.map(({ identity }) => identity.participantId);
  }

  #onMoved(participantId: string, server: MediaServerInfo): void {
    if (this.#admission.moved(participantId, server)) return;
    this.#roster.find(participantId)?.connection.send(
      encodeEvent({ case: "mediaServerChanged", value: server }),
    );
  }

  #report(
    participant: Participant,
    what: { type: "joined" } | { type: "left"; reason: LeaveReason },
    occurredAt: number,
  ): void {
    this.#environment.events.report({
      ...what,
      occurredAt,
      meetingId: this.meetingId,
      participantId: participant.id,
      participantName: participant.name,
      role: participant.identity.role,
      userId: participant.identity.userId,
      userReference: participant.identity.userReference,
    });
  }
}
