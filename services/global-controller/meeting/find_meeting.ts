import { ApiError } from "../rest/api_error.ts";
import { type Meeting, parseMeetingReference } from "./meeting.ts";
import type { MeetingStore } from "./meeting_store.ts";

/**
 * The meeting that a caller names by its id or its code.
 *
 * @throws {ApiError} MEETING_NOT_FOUND.
 */
export async function findMeeting(
  meetings: Pick<MeetingStore, "find">,
  name: string,
): Promise<Meeting> {
  const reference = parseMeetingReference(name);
  const meeting = reference && await meetings.find(reference);
  if (meeting === undefined) throw meetingNotFound();
  return meeting;
}

/** 404: there is none that the caller may know of. */
export function meetingNotFound(): ApiError {
  return new ApiError(404, "MEETING_NOT_FOUND", "there is no such meeting");
}
