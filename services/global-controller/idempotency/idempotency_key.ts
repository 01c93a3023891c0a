import { invalidRequest } from "../rest/api_error.ts";

/** Longest key, characters. */
export const MAX_KEY_LENGTH = 255;
/**
 * Shortest key of a guest, characters: guests behind one address share a name, and must not meet
 * each other's answers by both counting from one.
 */
export const MIN_GUEST_KEY_LENGTH = 16;
/** sf-string of RFC 8941, 3.3.3. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What most clients send: the same without quotes, which is then free of separators. */
const BARE = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

/**
 * The key in an `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header, 2.1), with or
 * without the quotes that the draft asks for.
 *
 * @throws {ApiError} INVALID_REQUEST
 */
export function parseIdempotencyKey(field: string, isGuest: boolean): string {
  const trimmed = field.trim();
  const quoted = QUOTED.exec(trimmed)?.[1]?.replaceAll(/\\(.)/g, "$1");
  const key = quoted ?? (BARE.test(trimmed) ? trimmed : "");
  const min = isGuest ? MIN_GUEST_KEY_LENGTH : 1;
  if (key.length < min || key.length > MAX_KEY_LENGTH) {
    throw invalidRequest(
      `Idempotency-Key has to be one text of ${min} to ${MAX_KEY_LENGTH} ASCII characters`,
    );
  }
  return key;
}
