import {
  type MeetingEvent,
  MeetingEventType,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type {
  AttendeeRole,
  ParticipantEvent,
  ParticipantLeaveReason,
} from "./participant_change.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_NAME_LENGTH = 200;
const MAX_USER_REFERENCE_LENGTH = 200;
/** The end of the year 9999, milliseconds: PostgreSQL reads no later ISO date. */
const MAX_TIME_MS = 253_402_300_799_999n;
/** PostgreSQL's largest bigint. */
const MAX_EPOCH = 2n ** 63n - 1n;

const LEAVE_REASONS: Readonly<Record<LeaveReason, ParticipantLeaveReason>> = {
  [LeaveReason.VOLUNTARY]: "voluntary",
  [LeaveReason.KICKED]: "kicked",
  [LeaveReason.CONNECTION_LOST]: "connection_lost",
  [LeaveReason.MEETING_ENDED]: "meeting_ended",
};

/** A reported event, or undefined for one that makes no sense or is of a later version. */
export function readMeetingEvent(message: MeetingEvent): ParticipantEvent | undefined {
  const { meetingId, participantId, type } = message;
  if (!UUID.test(meetingId) || !UUID.test(participantId)) return undefined;
  if (message.occurredAt > MAX_TIME_MS) return undefined;
  const common = {
    meetingId: meetingId.toLowerCase(),
    participantId: participantId.toLowerCase(),
    occurredAt: new Date(Number(message.occurredAt)),
    epoch: message.epoch < MAX_EPOCH ? message.epoch : MAX_EPOCH,
    role: readRole(message.role),
    userId: UUID.test(message.userId) ? message.userId.toLowerCase() : null,
    userReference: readText(message.userReference, MAX_USER_REFERENCE_LENGTH),
  };
  if (type === MeetingEventType.PARTICIPANT_JOINED) {
    return { ...common, kind: "joined", name: readText(message.participantName, MAX_NAME_LENGTH) };
  }
  if (type === MeetingEventType.PARTICIPANT_LEFT) {
    const leaveReason = LEAVE_REASONS[message.leaveReason] ?? "connection_lost";
    return { ...common, kind: "left", name: "", leaveReason };
  }
  return undefined;
}

function readRole(role: string): AttendeeRole {
  return role === "host" || role === "co_host" ? role : "participant";
}

/** PostgreSQL's text holds every character but this one. */
function readText(text: string, maxLength: number): string {
  return text.replaceAll("\0", "").slice(0, maxLength);
}
