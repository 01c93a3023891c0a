import type { Role } from "../participant/participant.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";

/** A role that was given in the meeting; it goes before that of the join token. */
export interface GivenRole {
  readonly participantId: string;
  /** The person's account, who keeps the role as whichever participant; empty: none. */
  readonly userId: string;
  readonly role: Role;
}

/** Somebody who does not come back. */
export interface Ban {
  readonly participantId: string;
  readonly participantName: string;
  /** The person's account; empty: none. */
  readonly userId: string;
  /** What a backend calls the person; empty: nothing. */
  readonly userReference: string;
  /** What a guest's browser is known by; empty: nothing. */
  readonly guestId: string;
  /** The keyed hash of a guest's network: other guests from there knock. Empty: unknown. */
  readonly network: string;
}

/** What is known of a meeting for good. */
export interface KnownMeeting {
  readonly settings: MeetingSettings;
  readonly roles: readonly GivenRole[];
  readonly bans: readonly Ban[];
}

/** What a moderator did. */
export type ModerationDeed =
  | { readonly action: "mute" | "stop_stream"; readonly detail: string }
  | { readonly action: "lower_hand" | "remove" | "admit" | "deny" }
  | { readonly action: "ban"; readonly ban: Ban }
  | { readonly action: "change_role"; readonly given: GivenRole }
  | { readonly action: "lock" | "unlock" | "enable_lobby" | "disable_lobby" | "end_meeting" };

/** A deed, by whom and to whom. */
export interface ModerationAction {
  /** A random UUID: the same action is recorded once. */
  readonly actionId: string;
  readonly actor: {
    readonly participantId: string;
    readonly name: string;
    /** Empty: no account. */
    readonly userId: string;
  };
  /** Undefined: it concerns the meeting, or everyone in it. */
  readonly subject: { readonly participantId: string; readonly name: string } | undefined;
  readonly deed: ModerationDeed;
}

/** The facts cannot be read or recorded now. */
export class FactsUnavailableError extends Error {
  override readonly name = "FactsUnavailableError";
}

/** A controller with a higher epoch has the meeting. */
export class SupersededOwnerError extends Error {
  override readonly name = "SupersededOwnerError";
}

/** What outlives every server of a meeting: its settings, given roles, bans, moderators' deeds. */
export interface MeetingFacts {
  /**
   * @returns undefined when there is no such meeting, or it has ended.
   * @throws {FactsUnavailableError}
   */
  load(meetingId: string): Promise<KnownMeeting | undefined>;
  /**
   * Records what was done and what follows from it (a ban, a role, the lock, the end), all or
   * nothing, if this epoch is still the meeting's.
   *
   * @throws {SupersededOwnerError}
   * @throws {FactsUnavailableError} it may have been recorded; recording it again does no harm.
   */
  record(meetingId: string, epoch: bigint, actions: readonly ModerationAction[]): Promise<void>;
}
