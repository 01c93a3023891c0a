import { propertyRuns } from "../../proto/testing/property_runs.ts";
import { checkMeetingHistories } from "./fuzz/meeting_history_check.ts";

/** `deno task fuzz signaling` tries ten thousand. */
const HISTORIES = 30;

Deno.test("whatever people do in a meeting, everyone is answered and shown what the model says", async () => {
  await checkMeetingHistories(propertyRuns(HISTORIES));
});
