import type { Schemas } from "../../../api_client/api_client.ts";

/** What an endpoint can be told of. */
export type EventType = Schemas["WebhookEndpoint"]["event_types"][number];

/** All of them, in the order in which they are offered. */
export const EVENT_TYPES: readonly EventType[] = [
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
];

/** The event that "Send a test" makes. */
export const TEST_EVENT_TYPE = "webhook.test";
