import type { MeetingRole } from "../../auth/token/join_token.ts";
import type { Caller } from "../../auth/caller.ts";
import { HashingOverloadedError } from "../../auth/secret_hasher.ts";
import type { Grant } from "../../grant/grant.ts";
import { ApiError, unauthorized, unavailable } from "../../rest/api_error.ts";
import type { Meeting } from "../meeting.ts";
import type { BanStore } from "../ban/ban_store.ts";
import { administers } from "../meeting_access.ts";
import type { JoinOrigin } from "./join_origins.ts";
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
  /** What the person is known by. */
  readonly origin: JoinOrigin;
}

/** As what somebody comes in. */
export type Admittance =
  & {
    /** Whether a host has to admit the person at the meeting controller. */
    readonly mustKnock: boolean;
  }
  & (
    | { readonly by: "role"; readonly role: "host" }
    | { readonly by: "role"; readonly role: "participant"; readonly grants: readonly Grant[] }
    | { readonly by: "guestLink"; readonly secret: string }
  );

/** The rules of joining: who gets in, and with what. */
export class JoinRules {
  readonly #passcodes: PasscodeCheck;
  readonly #wrongTries: WrongTries;
  readonly #bans: Pick<BanStore, "judge">;

  constructor(options: {
    passcodes: PasscodeCheck;
    wrongTries: WrongTries;
    bans: Pick<BanStore, "judge">;
  }) {
    this.#bans = options.bans;
    this.#passcodes = options.passcodes;
    this.#wrongTries = options.wrongTries;
  }

  /**
   * Lets in, in this order: nobody once the meeting has ended; nobody who is banned; hosts; nobody
   * else while it is locked; who has a guest link; who is signed in where that is needed, and knows
   * the passcode if there is one. The last knock where there is a lobby, and guests from the network
   * of somebody who is banned always do.
   *
   * @throws {ApiError} MEETING_ENDED, BANNED, MEETING_LOCKED, UNAUTHORIZED, PASSCODE_REQUIRED, PASSCODE_WRONG, RATE_LIMITED or SERVICE_UNAVAILABLE.
   */
  async admit(meeting: Meeting, caller: Caller, shown: JoinCredentials): Promise<Admittance> {
    checkIsOpen(meeting);
    const userId = caller.kind === "user" ? caller.userId : null;
    const verdict = await this.#bans.judge(meeting.meetingId, { ...shown.origin, userId });
    if (verdict === "banned") throw banned();
    const role: MeetingRole = mayHost(caller, meeting, shown.origin) ? "host" : "participant";
    checkIsUnlockedFor(role, meeting);
    if (role === "host") return { by: "role", role, mustKnock: false };
    const isSuspect = verdict === "suspect" && caller.kind === "guest";
    if (shown.guestSecret !== undefined) {
      return { by: "guestLink", secret: shown.guestSecret, mustKnock: isSuspect };
    }
    if (meeting.settings.requireAuth && caller.kind === "guest") {
      throw unauthorized("this meeting needs an access token");
    }
    if (meeting.passcodeHash !== null) {
      await this.#checkPasscode(meeting.meetingId, meeting.passcodeHash, shown);
    }
    return {
      by: "role",
      role,
      grants: meeting.settings.defaultGrants,
      mustKnock: isSuspect || meeting.settings.lobbyEnabled,
    };
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

/**
 * Whether the caller may let itself in as a host: only with the scope to change meetings, or a guest
 * with the browser that created the meeting.
 */
function mayHost(caller: Caller, meeting: Meeting, { guestId }: JoinOrigin): boolean {
  if (caller.kind === "guest") return guestId !== undefined && guestId === meeting.guestHostId;
  return caller.scopes.has("meetings:write") && administers(caller, meeting);
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

/** 403: a host has put the person out for good. */
export function banned(): ApiError {
  return new ApiError(403, "BANNED", "a host has banned this person from the meeting");
}

function tooManyTries(waitMs: number): ApiError {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ApiError(429, "RATE_LIMITED", "too many wrong passcodes", {
    details: { retry_after_seconds: retryAfterS },
    headers: { "Retry-After": String(retryAfterS) },
  });
}
