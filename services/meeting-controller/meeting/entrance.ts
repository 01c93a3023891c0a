import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby, Visitor } from "../lobby/lobby.ts";
import { CloseCode } from "../participant/close_code.ts";
import { checkMayPublish } from "../participant/grant.ts";
import type { Identity, ParticipantConnection } from "../participant/participant.ts";
import type { MeetingMedia } from "../placement/meeting_media.ts";
import { Admission, type AdmissionRequest, type Prepared, SUPERSEDED_REASON } from "./admission.ts";
import type { Closing } from "./closing.ts";
import type { EntryRules } from "./entry_rules.ts";
import type { JoinDetails } from "./join_details.ts";
import type { MeetingContext } from "./meeting_context.ts";
import type { MeetingStreams } from "./meeting_streams.ts";
import { invalid, Refusal } from "./refusal.ts";
import type { Sessions } from "./sessions.ts";

/** How many may wait prepared at the door of a meeting, at least; else as many as may join. */
export const MIN_PREPARED_LIMIT = 50;

/** What the entrance of a meeting stands on. */
export interface EntranceOptions {
  readonly context: MeetingContext;
  readonly rules: EntryRules;
  readonly media: MeetingMedia;
  readonly streams: MeetingStreams;
  readonly sessions: Sessions;
  readonly lobby: Lobby;
  readonly closing: Closing;
  /** @throws {Refusal} CAPACITY_EXCEEDED when this process takes nobody else. */
  readonly checkCapacity: () => void;
}

/** How people get into a meeting, and how they are put out of it. */
export class Entrance {
  readonly admission: Admission;
  readonly #options: EntranceOptions;

  constructor(options: EntranceOptions) {
    const { context, context: { roster }, media, sessions } = options;
    this.#options = options;
    this.admission = new Admission(
      media,
      {
        has: (id) => roster.findSession(id) !== undefined,
        supersede: (id) => {
          const older = roster.findSession(id);
          if (older) sessions.end(older, CloseCode.SUPERSEDED, SUPERSEDED_REASON);
        },
      },
      roster,
      () => Math.max(MIN_PREPARED_LIMIT, context.settings().maxParticipants),
    );
  }

  /**
   * Admits the owner of a valid token to the door: known to the media handler, seen by nobody.
   *
   * @throws {Refusal} UNAUTHORIZED when the token was used before or is revoked, FORBIDDEN when the
   * meeting is locked or the person banned, NOT_FOUND when it ended, CAPACITY_EXCEEDED, CONFLICT.
   */
  async admit(request: AdmissionRequest): Promise<Prepared> {
    const check = () => {
      this.#options.closing.check();
      this.#options.rules.check(request.identity, request.isAdmitted);
      this.#options.checkCapacity();
    };
    check();
    const prepared = await this.admission.admit(request);
    try {
      check(); // Much may have happened while the media handler answered.
    } catch (error) {
      this.withdraw(prepared);
      throw error;
    }
    return prepared;
  }

  /** Someone at the door goes away. */
  withdraw(prepared: Prepared): void {
    if (!this.admission.take(prepared)) return;
    this.#options.media.remove(prepared.identity.participantId);
  }

  /** Whether a moderator has to admit the person before it gets in. */
  mustKnock(identity: Identity): boolean {
    return this.#options.rules.mustKnock(identity);
  }

  /** Lets somebody wait in the lobby. @throws {Refusal} as {@link admit}, and CAPACITY_EXCEEDED. */
  knock(visitor: Visitor): void {
    this.checkEntry(visitor.identity);
    this.#options.lobby.knock(visitor);
  }

  /** @throws {Refusal} when the person may not even knock. */
  checkEntry(identity: Identity): void {
    this.#options.closing.check();
    this.#options.rules.check(identity);
  }

  /**
   * Whether someone could join now.
   *
   * @throws {Refusal} UNAUTHORIZED, FORBIDDEN, CAPACITY_EXCEEDED, CONFLICT or INVALID_REQUEST.
   */
  checkJoin(identity: Identity, details: JoinDetails, isAdmitted: boolean): void {
    const { rules, context, streams, checkCapacity } = this.#options;
    rules.check(identity, isAdmitted);
    checkCapacity();
    const { maxParticipants, e2eEncryption } = context.settings();
    if (context.roster.size >= maxParticipants) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "the meeting is full");
    }
    if (e2eEncryption && details.encryptionKeys === undefined) {
      throw invalid("encryption_keys are missing and the meeting is end-to-end encrypted");
    }
    for (const stream of details.streams) {
      checkMayPublish(identity.grants, stream);
      streams.checkIsNew(stream.streamId);
    }
  }

  /**
   * Disconnects the participant, wherever it is, and lets nobody in with the participant's tokens
   * any more. Resolves once the media handler knows. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when too many are out already.
   */
  async eject(participantId: string, code: CloseCode, reason: string): Promise<void> {
    this.#options.rules.revoke([participantId]);
    this.#putOut((identity) => identity.participantId === participantId, code, reason);
    await this.#options.media.removed(participantId);
  }

  /**
   * Lets nobody in with these tokens any more, and puts out who came with one. Idempotent.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when there are too many.
   */
  async revokeTokens(tokenIds: readonly string[]): Promise<void> {
    this.#options.rules.revoke(tokenIds);
    const revoked = new Set(tokenIds);
    const ids = this.#putOut(
      ({ tokenId }) => revoked.has(tokenId),
      CloseCode.REMOVED,
      "the invitation is revoked",
    );
    await Promise.all(ids.map((participantId) => this.#options.media.removed(participantId)));
  }

  /** Everyone who has a connection here and is no participant yet, but for the lobby. */
  atTheDoor(): ParticipantConnection[] {
    return this.admission.prepared().map(({ connection }) => connection);
  }

  /** @returns the ids of those whom `goes` names. */
  #putOut(goes: (identity: Identity) => boolean, code: CloseCode, reason: string): string[] {
    const { context: { roster }, sessions, lobby } = this.#options;
    const prepared = this.admission.prepared().filter(({ identity }) => goes(identity));
    const participants = roster.sessions().filter(({ identity }) => goes(identity));
    for (const { connection } of prepared) connection.close(code, reason);
    for (const participant of participants) sessions.end(participant, code, reason);
    lobby.dismiss(goes, code, reason);
    return [...prepared, ...participants].map(({ identity }) => identity.participantId);
  }
}
