import fc from "fast-check";
import { propertyRuns } from "../../proto/testing/property_runs.ts";
import { ManualClock } from "./testing/manual_clock.ts";
import { MeetingStage } from "./testing/meeting_stage.ts";
import { meetingHistory } from "./testing/meeting_steps.ts";
import { ModelledMeeting } from "./testing/modelled_meeting.ts";

Deno.test("whatever people do in a meeting, everyone is answered and shown what the model says", async () => {
  await fc.assert(
    fc.asyncProperty(meetingHistory(60), async (steps) => {
      const clock = new ManualClock();
      await using stage = await MeetingStage.open({ clock, settings: { e2eEncryption: false } });
      const meeting = new ModelledMeeting(stage, clock);
      for (const step of steps) await meeting.take(step);
      await meeting.check();
    }),
    propertyRuns(30),
  );
});
