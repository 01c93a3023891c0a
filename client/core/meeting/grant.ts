import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { MeetingError, type MeetingFailure } from "./meeting_state.ts";

/** The right to join a meeting once, as the global controller's join call returns it. */
export interface JoinGrant {
  readonly meetingId: string;
  readonly participantId: string;
  /** Single use, valid for five minutes. Never log it. */
  readonly joinToken: string;
  readonly meetingControllerUrl: string;
  readonly mediaHandlerUrl?: string | undefined;
  /** SHA-256 of the certificates to accept; empty with public certificates. */
  readonly certificateHashes: Uint8Array[];
  readonly e2eEncryption: boolean;
  readonly meetingCode?: string | undefined;
  readonly displayName?: string | undefined;
  /** What the participant may send or do, such as `camera`; undefined: nobody limits it. */
  readonly grants?: readonly string[] | undefined;
  /** A host or co-host has to let the participant in. */
  readonly mustKnock?: boolean | undefined;
}

/** What somebody shows to be let in; a guest of an open meeting shows nothing. */
export interface JoinCredentials {
  /** Of whoever is signed in. */
  readonly accessToken?: string | undefined;
  readonly passcode?: string | undefined;
  /** The secret of a guest link. */
  readonly guestSecret?: string | undefined;
}

/** Where a meeting is served, known before a grant. */
export interface MeetingEndpoints {
  readonly meetingControllerUrl: string;
  readonly mediaHandlerUrl?: string | undefined;
  readonly certificateHashes: Uint8Array[];
}

const CERTIFICATE_HASH_LENGTH = 32;
const MAX_CERTIFICATE_HASHES = 16;
/** Most grants that are read: room for those that later versions know. */
const MAX_GRANTS = 32;
/** Longest answer of the join call that is read, bytes. */
const MAX_GRANT_LENGTH = 64 * 1024;

/** An answer that is no join grant. */
export class GrantFormatError extends Error {
  override readonly name = "GrantFormatError";
}

/**
 * Reads the JSON answer of `POST /api/v1/meetings/{id}/join`.
 *
 * @throws {GrantFormatError} when it is none.
 */
export function parseJoinGrant(json: unknown): JoinGrant {
  const fields = requireObject(json);
  const { e2e_encryption: e2eEncryption } = fields;
  if (typeof e2eEncryption !== "boolean") throw new GrantFormatError("e2e_encryption is missing");
  return {
    meetingId: requireUuid(fields, "meeting_id"),
    participantId: requireUuid(fields, "participant_id"),
    joinToken: requireText(fields, "join_token"),
    ...parseMeetingEndpoints(fields),
    e2eEncryption,
    meetingCode: optionalText(fields, "meeting_code"),
    displayName: optionalText(fields, "display_name"),
    grants: optionalTexts(fields, "grants"),
    ...(fields.must_knock === true ? { mustKnock: true } : {}),
  };
}

/**
 * Reads the JSON answer of `GET /api/v1/meetings/{id}/endpoints`, which pages embed.
 *
 * @throws {GrantFormatError} when it is none.
 */
export function parseMeetingEndpoints(json: unknown): MeetingEndpoints {
  const fields = requireObject(json);
  const hashes = fields.certificate_hashes ?? [];
  if (!Array.isArray(hashes) || hashes.length > MAX_CERTIFICATE_HASHES) {
    throw new GrantFormatError("certificate_hashes is no short list");
  }
  const mediaHandlerUrl = optionalText(fields, "media_handler_url");
  return {
    meetingControllerUrl: requireHttps(
      requireText(fields, "meeting_controller_url"),
      "meeting_controller_url",
    ),
    mediaHandlerUrl: mediaHandlerUrl && requireHttps(mediaHandlerUrl, "media_handler_url"),
    certificateHashes: hashes.map(parseCertificateHash),
  };
}

/**
 * Asks the global controller at `origin` (such as `https://meet.example`) for the right to join
 * the meeting with this code or id.
 *
 * @throws {MeetingError} when it is refused for good: no such meeting, ended, not allowed, or
 *   something has to be shown that was not.
 * @throws {GrantFormatError} when the answer is no grant.
 * @throws when the server cannot be reached, or fails (may be tried again).
 */
export async function fetchJoinGrant(
  origin: string,
  meetingCode: string,
  options: JoinCredentials & { readonly name?: string; readonly signal?: AbortSignal } = {},
): Promise<JoinGrant> {
  const url = new URL(`/api/v1/meetings/${encodeURIComponent(meetingCode)}/join`, origin);
  const { name, accessToken, passcode, guestSecret } = options;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ participant_name: name, passcode, guest_link: guestSecret }),
    cache: "no-store",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  if (text.length > MAX_GRANT_LENGTH) throw new GrantFormatError("the answer is too long");
  if (!response.ok) throw refusal(response, text, options);
  return parseJoinGrant(parseJson(text));
}

/**
 * Asks the global controller at `origin` where the meeting with this code or id is served now.
 *
 * @throws {GrantFormatError} when the answer does not say.
 * @throws when the server cannot be reached, or refuses.
 */
export async function fetchMeetingEndpoints(
  origin: string,
  meetingCode: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<MeetingEndpoints> {
  const url = new URL(`/api/v1/meetings/${encodeURIComponent(meetingCode)}/endpoints`, origin);
  const response = await fetch(url, {
    cache: "no-store",
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  if (text.length > MAX_GRANT_LENGTH) throw new GrantFormatError("the answer is too long");
  if (!response.ok) throw new Error(`the endpoints call answered ${response.status}`);
  return parseMeetingEndpoints(parseJson(text));
}

/** Codes of the API that say more than the status. */
const REASON_BY_CODE: Readonly<Record<string, MeetingFailure>> = {
  PASSCODE_REQUIRED: "passcode-required",
  PASSCODE_WRONG: "passcode-wrong",
  MEETING_LOCKED: "meeting-locked",
  BANNED: "banned",
  GUEST_LINK_INVALID: "guest-link-invalid",
};

/** What a refused join call means: final for a reason the person can understand, or not. */
function refusal({ status, headers }: Response, text: string, shown: JoinCredentials): Error {
  const { code, message } = errorEnvelope(text);
  const explanation = message ?? `the join call answered ${status}`;
  const reason = REASON_BY_CODE[code ?? ""];
  if (reason !== undefined) return new MeetingError(reason, explanation);
  // Without a token the meeting asks for one; one that is refused may be replaced.
  if (status === 401) {
    return new MeetingError(
      shown.accessToken === undefined ? "sign-in-required" : "not-allowed",
      explanation,
    );
  }
  // Who sends no passcode is only one of many who ask.
  if (status === 429 && shown.passcode !== undefined) {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    return new MeetingError("too-many-tries", explanation, {
      ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    });
  }
  if (status === 404) return new MeetingError("meeting-not-found", explanation);
  if (status === 410 || code === "MEETING_ENDED") {
    return new MeetingError("meeting-ended", explanation);
  }
  if (status === 403) return new MeetingError("not-allowed", explanation);
  if (status === 400 || status === 422) return new MeetingError("protocol", explanation);
  return new Error(explanation);
}

/** Code and message of the specification's error envelope, as far as the text is one. */
function errorEnvelope(text: string): { code?: string; message?: string } {
  try {
    const { error } = requireObject(parseJson(text));
    const fields = requireObject(error);
    const code = optionalText(fields, "code");
    const message = optionalText(fields, "message");
    return { ...(code && { code }), ...(message && { message }) };
  } catch {
    return {};
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GrantFormatError("the answer is no JSON", { cause });
  }
}

function parseCertificateHash(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new GrantFormatError("a certificate hash is no text");
  let binary: string;
  try {
    binary = atob(value);
  } catch (cause) {
    throw new GrantFormatError("a certificate hash is no base64", { cause });
  }
  if (binary.length !== CERTIFICATE_HASH_LENGTH) {
    throw new GrantFormatError(`a certificate hash of ${binary.length} bytes`);
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

type Fields = Readonly<Record<string, unknown>>;

function requireObject(json: unknown): Fields {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new GrantFormatError("not an object");
  }
  return json as Fields;
}

function requireText(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new GrantFormatError(`${name} is missing`);
  return value;
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new GrantFormatError(`${name} is no text`);
  return value;
}

function optionalTexts(fields: Fields, name: string): string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.length <= MAX_GRANTS;
  if (!isList || value.some((item) => typeof item !== "string")) {
    throw new GrantFormatError(`${name} is no short list of texts`);
  }
  return value;
}

function requireUuid(fields: Fields, name: string): string {
  const value = requireText(fields, name);
  if (!isUuid(value)) throw new GrantFormatError(`${name} is no UUID`);
  return value;
}

function requireHttps(text: string, name: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== "https:") {
    throw new GrantFormatError(`${name} is no https URL`);
  }
  return text;
}
