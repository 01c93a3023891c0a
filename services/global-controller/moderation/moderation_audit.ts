import type { AuditEntry } from "../audit/audit_log.ts";
import type { PublishedEvent } from "../webhook/event_publisher.ts";
import type { ModerationAction, ModerationKind } from "./moderation_action.ts";

/** How the audit log names what moderators do, `noun.verb_past`. */
const AUDIT_ACTIONS: Readonly<Record<ModerationKind, string>> = {
  mute: "participant.muted",
  stop_stream: "participant.stream_stopped",
  lower_hand: "participant.hand_lowered",
  remove: "participant.removed",
  ban: "participant.banned",
  change_role: "participant.role_changed",
  lock: "meeting.locked",
  unlock: "meeting.unlocked",
  enable_lobby: "meeting.lobby_enabled",
  disable_lobby: "meeting.lobby_disabled",
  admit: "participant.admitted",
  deny: "participant.denied",
  end_meeting: "meeting.ended",
};

/** The action in the organisation's audit log. */
export function moderationEntry(action: ModerationAction, organisationId: string): AuditEntry {
  const { actionId, meetingId, kind, actor, subject, detail, occurredAt } = action;
  return {
    organisationId,
    actor: actor.userId === null ? `participant:${actor.participantId}` : `user:${actor.userId}`,
    action: AUDIT_ACTIONS[kind],
    target: subject === undefined ? `meeting:${meetingId}` : `participant:${subject.participantId}`,
    details: {
      action_id: actionId,
      meeting_id: meetingId,
      occurred_at: occurredAt.toISOString(),
      actor_participant_id: actor.participantId,
      actor_name: actor.name,
      ...(subject === undefined ? {} : { name: subject.name }),
      ...(detail === "" ? {} : { detail }),
    },
  };
}

/** What the organisation is told of an action on a person; undefined: nothing. */
export function moderationEvent(
  action: ModerationAction,
  { organisationId, code }: { readonly organisationId: string; readonly code: string },
): PublishedEvent | undefined {
  const { meetingId, kind, actor, subject, detail, occurredAt } = action;
  if (subject === undefined) return undefined;
  const data = {
    meeting_id: meetingId,
    meeting_code: code,
    participant_id: subject.participantId,
    name: subject.name,
    by_participant_id: actor.participantId,
    by_user_id: actor.userId,
    occurred_at: occurredAt.toISOString(),
  };
  switch (kind) {
    case "remove":
    case "ban":
      return {
        organisationId,
        type: "participant.removed",
        data: { ...data, banned: kind === "ban" },
      };
    case "change_role":
      return {
        organisationId,
        type: "participant.role_changed",
        data: { ...data, role: detail },
      };
    default:
      return undefined;
  }
}
