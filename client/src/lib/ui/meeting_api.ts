import { parseMeetingCode } from "./meeting_code.ts";

/** Why a meeting could not be created. */
export type CreateFailure = "refused" | "too-many" | "failed";

/** Thrown by {@link createMeeting}; `failure` says what to tell the person. */
export class CreateMeetingError extends Error {
  override readonly name = "CreateMeetingError";
  constructor(readonly failure: CreateFailure, options?: ErrorOptions) {
    super(`The meeting could not be created: ${failure}`, options);
  }
}

/**
 * Creates a meeting through `POST /api/v1/meetings` (api-contracts.md 1.1).
 * @returns the new meeting's code
 * @throws CreateMeetingError
 */
export async function createMeeting(
  fetchApi: typeof fetch,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const response = await fetchApi("/api/v1/meetings", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ settings: { enable_e2e_encryption: true } }),
    signal: options.signal,
  }).catch((cause: unknown) => {
    throw new CreateMeetingError("failed", { cause });
  });
  if (response.status === 401 || response.status === 403) throw new CreateMeetingError("refused");
  if (response.status === 429) throw new CreateMeetingError("too-many");
  if (!response.ok) throw new CreateMeetingError("failed");
  const body: unknown = await response.json().catch(() => undefined);
  const code = isRecord(body) && typeof body.meeting_code === "string"
    ? parseMeetingCode(body.meeting_code)
    : undefined;
  if (!code) throw new CreateMeetingError("failed");
  return code;
}

/** What a meeting's page needs to know of it before anybody joins. */
export interface MeetingInfo {
  readonly code: string;
  /** Empty if the meeting has no name of its own. */
  readonly displayName: string;
  readonly e2eEncryption: boolean;
  readonly ended: boolean;
}

/** Where the meeting lives, so that the page connects before it holds a token. */
export interface MeetingEndpoints {
  readonly meetingControllerUrl: string;
  readonly mediaHandlerUrl?: string;
  /** Base64 of SHA-256 of the servers' certificates; only in development. */
  readonly certificateHashes: string[];
}

/** Reads the answer of `GET /api/v1/meetings/{code}`; undefined if it is not one. */
export function readMeetingInfo(code: string, body: unknown): MeetingInfo | undefined {
  if (!isRecord(body) || typeof body.meeting_id !== "string") return undefined;
  const settings = isRecord(body.settings) ? body.settings : {};
  return {
    code: typeof body.meeting_code === "string" ? body.meeting_code : code,
    displayName: typeof body.display_name === "string" ? body.display_name : "",
    e2eEncryption: settings.enable_e2e_encryption !== false,
    ended: body.status === "ended",
  };
}

/** Reads the answer of `GET /api/v1/meetings/{code}/endpoints`; undefined if it is not one. */
export function readMeetingEndpoints(body: unknown): MeetingEndpoints | undefined {
  if (!isRecord(body) || typeof body.meeting_controller_url !== "string") return undefined;
  const hashes = Array.isArray(body.certificate_hashes) ? body.certificate_hashes : [];
  return {
    meetingControllerUrl: body.meeting_controller_url,
    mediaHandlerUrl: typeof body.media_handler_url === "string"
      ? body.media_handler_url
      : undefined,
    certificateHashes: hashes.filter((hash): hash is string => typeof hash === "string"),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
