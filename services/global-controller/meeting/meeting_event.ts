import type { EventType } from "../webhook/event_type.ts";
import type { PublishedEvent } from "../webhook/event_publisher.ts";
import type { MeetingSummary } from "./meeting.ts";
import { writeMeetingSummary } from "./meeting_messages.ts";

/** What an organisation is told of one of its meetings: as lists show it, and who gets in. */
export function meetingEvent(
  type: Extract<EventType, `meeting.${string}`>,
  meeting: MeetingSummary,
): PublishedEvent {
  return {
    organisationId: meeting.owner.organisationId,
    type,
    data: {
      ...writeMeetingSummary(meeting),
      locked: meeting.locked,
      lobby_enabled: meeting.settings.lobbyEnabled,
    },
  };
}
