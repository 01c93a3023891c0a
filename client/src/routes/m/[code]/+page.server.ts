import { parseMeetingCode } from "#lib/ui/meeting_code.ts";
import {
  type MeetingEndpoints,
  type MeetingInfo,
  readMeetingEndpoints,
  readMeetingInfo,
} from "#lib/ui/meeting_api.ts";
import { error, redirect } from "@sveltejs/kit";
import type { PageServerLoad } from "./$types";

/**
 * Puts into the page all that joining needs: what the meeting is, and where it lives. Without the
 * endpoints the page still works; it then learns them with its join token.
 */
export const load: PageServerLoad = async ({ params, fetch, setHeaders }) => {
  const code = parseMeetingCode(params.code);
  if (!code) notFound();
  if (code !== params.code) redirect(308, `/m/${code}`);

  setHeaders({ "Cache-Control": "no-store" });
  const [meeting, endpoints] = await Promise.all([
    loadMeeting(fetch, code),
    loadEndpoints(fetch, code),
  ]);
  if (meeting.ended) {
    error(410, { message: "The meeting has ended", reason: "meeting-ended" });
  }
  return { meeting, endpoints };
};

async function loadMeeting(fetchApi: typeof fetch, code: string): Promise<MeetingInfo> {
  const response = await fetchApi(`/api/v1/meetings/${code}`).catch(() => undefined);
  if (response?.status === 404) notFound();
  if (response?.status === 410) {
    error(410, { message: "The meeting has ended", reason: "meeting-ended" });
  }
  const body: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  const meeting = readMeetingInfo(code, body);
  if (!meeting) {
    error(503, { message: "The service does not answer", reason: "service-unavailable" });
  }
  return meeting;
}

async function loadEndpoints(
  fetchApi: typeof fetch,
  code: string,
): Promise<MeetingEndpoints | undefined> {
  const response = await fetchApi(`/api/v1/meetings/${code}/endpoints`).catch(() => undefined);
  return response?.ok
    ? readMeetingEndpoints(await response.json().catch(() => undefined))
    : undefined;
}

function notFound(): never {
  error(404, { message: "No such meeting", reason: "meeting-not-found" });
}
