import type { ModerationAction } from "./meeting_facts.ts";

/** A moderator's action as its row has it, and what follows from it. Null: not of this action. */
export interface RecordedAction {
  readonly action_id: string;
  readonly action: string;
  readonly actor_participant_id: string;
  readonly actor_name: string;
  readonly actor_user_id: string | null;
  readonly subject_participant_id: string | null;
  readonly subject_name: string;
  readonly detail: string;
  readonly role_participant_id: string | null;
  readonly role_user_id: string | null;
  readonly role: string | null;
  readonly ban_participant_id: string | null;
  readonly ban_name: string | null;
  readonly ban_user_id: string | null;
  readonly ban_user_reference: string | null;
  readonly ban_guest_id: string | null;
  readonly ban_network: string | null;
}

/** The row of an action. */
export function recordedActionOf(
  { actionId, actor, subject, deed }: ModerationAction,
): RecordedAction {
  const given = deed.action === "change_role" ? deed.given : undefined;
  const ban = deed.action === "ban" ? deed.ban : undefined;
  return {
    action_id: actionId,
    action: deed.action,
    actor_participant_id: actor.participantId,
    actor_name: actor.name,
    actor_user_id: actor.userId || null,
    subject_participant_id: subject?.participantId ?? null,
    subject_name: subject?.name ?? "",
    detail: given?.role ?? ("detail" in deed ? deed.detail : ""),
    role_participant_id: given?.participantId ?? null,
    role_user_id: given?.userId || null,
    role: given?.role ?? null,
    ban_participant_id: ban?.participantId ?? null,
    ban_name: ban?.participantName ?? null,
    ban_user_id: ban?.userId || null,
    ban_user_reference: ban?.userReference ?? null,
    ban_guest_id: ban?.guestId ?? null,
    ban_network: ban?.network ?? null,
  };
}
