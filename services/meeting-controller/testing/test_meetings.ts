import type { Database } from "../../../db/connection.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Adds a guest's meeting, as the global controller does. @returns its id. */
export async function addMeeting(sql: Database): Promise<string> {
  const meetingId = crypto.randomUUID();
  const letters = [...crypto.getRandomValues(new Uint8Array(10))]
    .map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const code = `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`;
  await sql`INSERT INTO meetings (meeting_id, code, display_name, max_participants)
    VALUES (${meetingId}, ${code}, 'Stand-up', 12)`;
  return meetingId;
}
