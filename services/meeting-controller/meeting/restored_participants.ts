import type { Bans } from "../moderation/bans.ts";
import type { GivenRoles } from "../moderation/given_roles.ts";
import type { MediaHandlers } from "../placement/media_handlers.ts";
import type { MeetingMedia } from "../placement/meeting_media.ts";
import { participantField } from "../state/meeting_fields.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";
import type { MeetingContext } from "./meeting_context.ts";
import { restoredParticipant } from "./meeting_record.ts";
import type { MeetingStreams } from "./meeting_streams.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Brings back whom the owner before left: their signaling is lost until they resume here, and media
 * goes on as it was. Who cannot resume, or was banned at the last moment, does not come back.
 */
export function restoreParticipants(
  restored: RestoredMeeting,
  parts: {
    readonly state: MeetingContext;
    readonly streams: MeetingStreams;
    readonly sessions: Sessions;
    readonly media: MeetingMedia;
    readonly bans: Bans;
    readonly roles: GivenRoles;
  },
  handlers: Pick<MediaHandlers, "connected">,
): void {
  const { state, streams, sessions, media, bans, roles } = parts;
  const stay: string[] = [];
  const { mediaHandlerId } = restored.meeting;
  for (const id of handlers.connected(mediaHandlerId, state.meetingId)) {
    sessions.presence.onMedia(id, true);
  }
  for (const record of restored.participants) {
    const participant = restoredParticipant(record);
    if (!participant.canResume || bans.has(participant.identity)) {
      state.notes.remove(participantField(participant.id));
      sessions.reportMissing(participant);
      continue;
    }
    participant.role = roles.roleOf(participant.identity);
    if (participant.lostAt === 0) participant.lostAt = Math.trunc(restored.nowMs);
    stay.push(participant.id);
    streams.restore(participant.id, record);
    sessions.restore(participant, Math.max(0, restored.nowMs - participant.lostAt));
    state.save(participant);
  }
  // Also when nobody stays: whoever is left at the handler goes.
  if (mediaHandlerId !== "" || stay.length > 0) media.takeOver(mediaHandlerId, stay);
}
