import type { ApiClient, Schemas } from "../../../api_client/api_client.ts";

/**
 * Creates a meeting, locked if that is wanted.
 *
 * @throws {ApiRequestError | TypeError}
 */
export async function createMeeting(
  api: ApiClient,
  request: Schemas["CreateMeetingRequest"],
  { locked = false } = {},
): Promise<{ readonly meetingId: string; readonly code: string }> {
  const { body } = await api.call("createMeeting", { body: request });
  const { meeting_id: meetingId, meeting_code: code } = body;
  if (locked) await api.call("updateMeeting", { path: { meeting: meetingId }, body: { locked } });
  return { meetingId, code };
}
