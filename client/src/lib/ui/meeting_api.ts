/** What a meeting's page needs to know of it before anybody joins. */
export interface MeetingInfo {
  readonly code: string;
  /** Empty if the meeting has no name of its own. */
  readonly displayName: string;
  readonly e2eEncryption: boolean;
  readonly ended: boolean;
  /** When it is planned to start, RFC 3339; undefined without a plan. */
  readonly scheduledStart?: string;
  /** What stands between a guest and the meeting. */
  readonly requires: { readonly passcode: boolean; readonly signIn: boolean };
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
  const requires = isRecord(body.requires) ? body.requires : {};
  return {
    code: typeof body.meeting_code === "string" ? body.meeting_code : code,
    displayName: typeof body.display_name === "string" ? body.display_name : "",
    e2eEncryption: settings.enable_e2e_encryption !== false,
    ended: body.status === "ended",
    ...(typeof body.scheduled_start === "string" ? { scheduledStart: body.scheduled_start } : {}),
    requires: { passcode: requires.passcode === true, signIn: requires.sign_in === true },
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
