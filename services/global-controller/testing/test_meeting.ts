import { createMeetingCode } from "../meeting/meeting_code.ts";
import { DEFAULT_SETTINGS, type NewMeeting } from "../meeting/meeting.ts";

/** A guest's meeting that nothing serves; `changes` make it another one. */
export function testMeeting(changes: Partial<NewMeeting> = {}): NewMeeting {
  return {
    meetingId: crypto.randomUUID(),
    code: createMeetingCode(),
    displayName: "Robert'); DROP TABLE meetings;-- <b>",
    description: "",
    maxParticipants: 12,
    settings: DEFAULT_SETTINGS,
    locked: false,
    passcodeHash: null,
    scheduledStart: null,
    scheduledEnd: null,
    roomId: null,
    owner: { organisationId: null, userId: null, clientId: null },
    assignment: null,
    ...changes,
  };
}
