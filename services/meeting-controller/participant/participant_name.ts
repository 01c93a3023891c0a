import { readTextField } from "../meeting/identifiers.ts";
import { invalid } from "../meeting/refusal.ts";

/** Longest name of a participant, characters (code points). */
export const MAX_NAME_LENGTH = 100;

/**
 * The name to show for `text`: trimmed, 1 to 100 characters, no control characters.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readParticipantName(text: string): string {
  const name = text.trim();
  if (name === "") throw invalid("participant_name is empty");
  return readTextField("participant_name", name, MAX_NAME_LENGTH);
}
