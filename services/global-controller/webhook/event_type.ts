/** What organisations are told of by webhooks, and may subscribe to. */
export const EVENT_TYPES = [
  "meeting.created",
  "meeting.updated",
  "meeting.ended",
  "session.started",
  "session.ended",
  "participant.joined",
  "participant.left",
  "participant.ejected",
  "participant.removed",
  "participant.role_changed",
  "recording.available",
  "member.joined",
  "member.removed",
] as const;

export type EventType = typeof EVENT_TYPES[number];

/** The event that is sent on request, to whoever asked for it; nobody subscribes to it. */
export const TEST_EVENT_TYPE = "webhook.test";
