import { type Caller, type IdentifiedCaller, requireScope } from "../auth/caller.ts";
import type { Scope } from "../auth/scope.ts";
import { forbidden } from "../rest/api_error.ts";
import { findMeeting, meetingNotFound } from "./find_meeting.ts";
import type { Meeting } from "./meeting.ts";
import { administers } from "./meeting_access.ts";
import type { MeetingStore } from "./meeting_store.ts";

/**
 * A meeting whose inner life the caller may see and change: who was in it, who may come. Of other
 * organisations' meetings nothing of that exists.
 *
 * @throws {ApiError} UNAUTHORIZED for a guest, FORBIDDEN without the scope or for another member's
 * meeting, MEETING_NOT_FOUND.
 */
export async function findAdministeredMeeting(
  meetings: Pick<MeetingStore, "find">,
  caller: Caller,
  scope: Scope,
  name: string,
): Promise<{ meeting: Meeting; caller: IdentifiedCaller }> {
  const identified = requireScope(caller, scope);
  const meeting = await findMeeting(meetings, name);
  if (meeting.owner.organisationId !== identified.organisationId) throw meetingNotFound();
  if (!administers(identified, meeting)) throw forbidden("this is another member's meeting");
  return { meeting, caller: identified };
}
