import { error, redirect } from "@sveltejs/kit";
import { parseMeetingCode } from "./meeting_code.ts";
import {
  type MeetingEndpoints,
  type MeetingInfo,
  readMeetingEndpoints,
  readMeetingInfo,
} from "./meeting_api.ts";

/** What loading a meeting needs of Kit's event. */
export interface MeetingRequest {
  readonly params: { readonly code: string };
  readonly url: URL;
  readonly fetch: typeof fetch;
  setHeaders(headers: Record<string, string>): void;
}

/**
 * What a page below a meeting's address needs for joining: what the meeting is, and where it lives.
 * Without the endpoints the page still works; it then learns them with its join token. A code in
 * another spelling leads to the right one, at `pathOf(code)`.
 */
export async function loadMeetingPage(
  { params, url, fetch, setHeaders }: MeetingRequest,
  pathOf: (code: string) => string,
): Promise<{ meeting: MeetingInfo; endpoints: MeetingEndpoints | undefined }> {
  const code = parseMeetingCode(params.code);
  if (!code) notFound();
  if (code !== params.code) redirect(308, `${pathOf(code)}${url.search}`);

  setHeaders({ "Cache-Control": "no-store" });
  const [meeting, endpoints] = await Promise.all([
    loadMeeting(fetch, code),
    loadEndpoints(fetch, code),
  ]);
  if (meeting.ended) {
    error(410, { message: "The meeting has ended", reason: "meeting-ended" });
  }
  return { meeting, endpoints };
}

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
