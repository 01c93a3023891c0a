import fc from "fast-check";
import type { PropertyRuns } from "../../../proto/testing/property_runs.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import { meetingHistory } from "../testing/meeting_steps.ts";
import { ModelledMeeting } from "../testing/modelled_meeting.ts";

/** Most things that people do in one history. */
const MAX_STEPS = 60;

/**
 * Lets people do things in meetings at a real controller, as often as `runs` says, and checks each
 * meeting against the model.
 *
 * @throws {Error} with the seed and the shortest history found that does not fit the model.
 */
export async function checkMeetingHistories(runs: PropertyRuns): Promise<void> {
  await fc.assert(
    fc.asyncProperty(meetingHistory(MAX_STEPS), async (steps) => {
      const clock = new ManualClock();
      await using stage = await MeetingStage.open({ clock, settings: { e2eEncryption: false } });
      const meeting = new ModelledMeeting(stage, clock);
      for (const step of steps) await meeting.take(step);
      await meeting.check();
    }),
    runs,
  );
}
