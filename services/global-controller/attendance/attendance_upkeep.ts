import type { Logger } from "../../runtime/log.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";

/** How often attendance is looked through for those who do not come back, milliseconds. */
export const ATTENDANCE_INTERVAL_MS = 5_000;

/** Batches of runs that one look ends at most. */
const MAX_BATCHES = 100;

/** Concludes what nobody reports: who was lost with a controller, and runs that nobody resumes. */
export async function keepAttendance(
  meetings: Pick<MeetingStore, "releaseLostParticipants" | "endHeldSessions">,
  log: Logger,
): Promise<void> {
  const participants = await meetings.releaseLostParticipants();
  if (participants > 0) log.warn("participants lost with their controller", { participants });
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    if (await meetings.endHeldSessions() === 0) return;
  }
}
