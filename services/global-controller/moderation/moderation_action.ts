/** What a moderator did (moderation_actions of db/migrations/0012_meeting_owners.sql). */
export type ModerationKind =
  | "mute"
  | "stop_stream"
  | "lower_hand"
  | "remove"
  | "ban"
  | "change_role"
  | "lock"
  | "unlock"
  | "enable_lobby"
  | "disable_lobby"
  | "admit"
  | "deny"
  | "end_meeting";

/** A moderator's action, as a meeting controller recorded it with the deed. */
export interface ModerationAction {
  readonly actionId: string;
  readonly meetingId: string;
  readonly kind: ModerationKind;
  readonly actor: {
    readonly participantId: string;
    readonly name: string;
    /** Null: a guest, or a person of a backend's own. */
    readonly userId: string | null;
  };
  /** Undefined: it concerns the meeting, or everyone in it. */
  readonly subject: { readonly participantId: string; readonly name: string } | undefined;
  /** Such as the new role, or the kind of the stream. */
  readonly detail: string;
  readonly occurredAt: Date;
}
