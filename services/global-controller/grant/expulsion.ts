import {
  ControllerRefusal,
  type MeetingControllerClient,
} from "../region/meeting_controller_client.ts";
import { ApiError, unavailable } from "../rest/api_error.ts";
import { isUuid } from "../rest/uuid.ts";
import type { JoinTokenRecord } from "./join_token_record.ts";
import type { JoinTokenStore } from "./join_token_store.ts";
import type { Attendee } from "../attendance/attendance.ts";
import type { AttendanceStore } from "../attendance/attendance_store.ts";

/** Puts people out of meetings, and takes back what lets them in. */
export class Expulsion {
  readonly #attendance: AttendanceStore;
  readonly #tokens: JoinTokenStore;
  readonly #controllers: MeetingControllerClient;
  readonly #now: () => number;

  constructor(options: {
    attendance: AttendanceStore;
    tokens: JoinTokenStore;
    controllers: MeetingControllerClient;
    /** Milliseconds since the Unix epoch. */
    now?: () => number;
  }) {
    this.#attendance = options.attendance;
    this.#tokens = options.tokens;
    this.#controllers = options.controllers;
    this.#now = options.now ?? (() => Date.now());
  }

  /**
   * Disconnects a participant and takes back the participant's join tokens. Resolves once the
   * meeting controller has done it. Idempotent.
   *
   * @returns whether the participant had not left before.
   * @throws {ApiError} NOT_FOUND; SERVICE_UNAVAILABLE when no controller confirms it: the tokens are
   * taken back, and calling again finishes it.
   */
  async eject(meetingId: string, participantId: string): Promise<{ ejectedNow: boolean }> {
    if (!isUuid(participantId)) throw noParticipant();
    const [attendee, hadTokens] = await Promise.all([
      this.#attendance.findAttendee(meetingId, participantId),
      this.#tokens.revokeAllOf(meetingId, participantId),
    ]);
    if (attendee === undefined && !hadTokens) throw noParticipant();
    const mayBeThere = attendee === undefined || attendee.leftAt === null;
    await this.#tell(
      meetingId,
      participantId,
      mayBeThere,
      (rpcEndpoint) =>
        this.#controllers.ejectParticipant(rpcEndpoint, meetingId, participantId, "ejected"),
    );
    return { ejectedNow: mayBeThere };
  }

  /**
   * Takes back a join token: unused, it lets nobody in; used, its participant is disconnected.
   * Resolves once the meeting controller has done it. Idempotent.
   *
   * @throws {ApiError} NOT_FOUND; SERVICE_UNAVAILABLE as {@link eject}.
   */
  async revoke(meetingId: string, tokenId: string): Promise<JoinTokenRecord> {
    const token = isUuid(tokenId) ? await this.#tokens.revoke(meetingId, tokenId) : undefined;
    if (token === undefined) {
      throw new ApiError(404, "NOT_FOUND", "there is no such join token of the meeting");
    }
    const attendee = await this.#attendance.findAttendee(meetingId, token.participantId);
    await this.#tell(
      meetingId,
      token.participantId,
      mayStillCount(token, attendee, this.#now()),
      (rpcEndpoint) => this.#controllers.revokeJoinTokens(rpcEndpoint, meetingId, [tokenId]),
    );
    return token;
  }

  /** @param matters whether the participant may be there, or come. */
  async #tell(
    meetingId: string,
    participantId: string,
    matters: boolean,
    call: (rpcEndpoint: string) => Promise<void>,
  ): Promise<void> {
    const controllers = await this.#attendance.controllersOf(meetingId, participantId);
    if (matters && controllers.length === 0) throw unavailable("no meeting controller confirms it");
    for (const { rpcEndpoint } of controllers) {
      try {
        await call(rpcEndpoint);
      } catch (error) {
        if (!(error instanceof ControllerRefusal)) throw error;
        if (matters) throw unavailable("the meeting controller is away: call again", error);
      }
    }
  }
}

function noParticipant(): ApiError {
  return new ApiError(404, "NOT_FOUND", "there is no such participant in the meeting");
}

/** A token matters while it is valid, or while the one who used it is there. */
function mayStillCount(
  { expiresAt }: JoinTokenRecord,
  attendee: Attendee | undefined,
  nowMs: number,
): boolean {
  if (attendee !== undefined) return attendee.leftAt === null;
  return expiresAt.getTime() > nowMs;
}
