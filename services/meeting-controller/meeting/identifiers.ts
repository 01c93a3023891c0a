import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { invalid } from "./refusal.ts";

/**
 * `text`, which must be a canonical UUID.
 *
 * @param field what to call it in the refusal.
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readUuidField(field: string, text: string): string {
  if (!isUuid(text)) throw invalid(`${field} is no lower-case UUID`);
  return text;
}

// C0, C1 and line separators, and what turns the direction of the text around it.
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * `text` for people to read: at most `limit` characters (code points), without control characters.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readTextField(field: string, text: string, limit: number): string {
  // A code point has at most two units: this bounds the work before the exact count.
  if (text.length > 2 * limit || [...text].length > limit) {
    throw invalid(`${field} has more than ${limit} characters`);
  }
  if (FORBIDDEN.test(text)) throw invalid(`${field} has control characters`);
  return text;
}
