import type { MeetingRole } from "../../auth/token/join_token.ts";
import type { Caller } from "../../auth/caller.ts";
import { HashingOverloadedError } from "../../auth/secret_hasher.ts";
import type { Grant } from "../../grant/grant.ts";
import { ApiError, unauthorized, unavailable } from "../../rest/api_error.ts";
import type { Meeting } from "../meeting.ts";
import { administers } from "../meeting_access.ts";
import type { PasscodeCheck } from "./passcode_check.ts";
import { meetingEnded } from "../placing.ts";
import type { WrongTries } from "./wrong_tries.ts";

/** What somebody shows to be let in. */
export interface JoinCredentials {
  readonly passcode?: string;
  /** The secret of a guest link. */
  readonly guestSecret?: string;
  /** The network that the call comes from (`addressGroup`). */
  readonly addressGroup: string;
}

/** As what somebody comes in. */
export type Admittance =
  | { readonly by: "role"; readonly role: "host" }
  | { readonly by: "role"; readonly role: "participant"; readonly grants: readonly Grant[] }
  | { readonly by: "guestLink"; readonly secret: string };

/** The rules of joining: who gets in, and with what. */
export class JoinRules {
  readonly #passcodes: PasscodeCheck;
  readonly #wrongTries: WrongTries;

  constructor(options: { passcodes: PasscodeCheck; wrongTries: WrongTries }) {
    this.#passcodes = options.passcodes;
    this.#wrongTries = options.wrongTries;
  }

  /**
   * Lets in, in this order: nobody once the meeting has ended; hosts; nobody else while it is
   * locked; who has a guest link; nobody else where there is a lobby; who is signed in where that
   * is needed, and knows the passcode if there is one.
   *
   * @throws {ApiError} MEETING_ENDED, MEETING_LOCKED, LOBBY_ADMISSION_REQUIRED, UNAUTHORIZED,
   * PASSCODE_REQUIRED, PASSCODE_WRONG, RATE_LIMITED or SERVICE_UNAVAILABLE.
   */
  async admit(meeting: Meeting, caller: Caller, shown: JoinCredentials): Promise<Admittance> {
    checkIsOpen(meeting);
    const role: MeetingRole = mayHost(caller, meeting) ? "host" : "participant";
    checkIsUnlockedFor(role, meeting);
    if (role === "host") return { by: "role", role };
    if (shown.guestSecret !== undefined) return { by: "guestLink", secret: shown.guestSecret };
    if (meeting.settings.lobbyEnabled) throw lobbyAdmissionRequired();
    if (meeting.settings.requireAuth && caller.kind === "guest") {
      throw unauthorized("this meeting needs an access token");
    }
    if (meeting.passcodeHash !== null) {
      await this.#checkPasscode(meeting.meetingId, meeting.passcodeHash, shown);
    }
    return { by: "role", role, grants: meeting.settings.defaultGrants };
  }

  async #checkPasscode(
    meetingId: string,
    hash: string,
    { passcode, addressGroup }: JoinCredentials,
  ): Promise<void> {
    if (passcode === undefined) {
      throw new ApiError(403, "PASSCODE_REQUIRED", "this meeting needs its passcode");
    }
    const begun = this.#wrongTries.begin(`${addressGroup} ${meetingId}`);
    if (typeof begun === "number") throw tooManyTries(begun);
    try {
      if (await this.#passcodes.matches(passcode, hash)) return begun.wasRight();
    } catch (error) {
      if (!(error instanceof HashingOverloadedError)) throw error;
      begun.wasRight();
      throw unavailable("too many passcodes are being checked: try again in a moment");
    }
    throw new ApiError(403, "PASSCODE_WRONG", "this is not the meeting's passcode");
  }
}

/** Whether the caller may let itself in as a host: only with the scope to change meetings. */
function mayHost(caller: Caller, meeting: Meeting): boolean {
  return caller.kind !== "guest" && caller.scopes.has("meetings:write") &&
    administers(caller, meeting);
}

/** @throws {ApiError} MEETING_ENDED. */
export function checkIsOpen(meeting: Pick<Meeting, "endedAt">): void {
  if (meeting.endedAt !== null) throw meetingEnded();
}

/** @throws {ApiError} MEETING_LOCKED. */
export function checkIsUnlockedFor(role: MeetingRole, meeting: Pick<Meeting, "locked">): void {
  if (!meeting.locked || role === "host") return;
  throw new ApiError(403, "MEETING_LOCKED", "the meeting is locked: only its hosts get in");
}

/** A host admits with a guest link, or with a token: the meeting's own link is not enough. */
function lobbyAdmissionRequired(): ApiError {
  const message = "this meeting has a lobby: a host has to admit you, with a guest link";
  return new ApiError(403, "LOBBY_ADMISSION_REQUIRED", message);
}

function tooManyTries(waitMs: number): ApiError {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ApiError(429, "RATE_LIMITED", "too many wrong passcodes", {
    details: { retry_after_seconds: retryAfterS },
    headers: { "Retry-After": String(retryAfterS) },
  });
}
