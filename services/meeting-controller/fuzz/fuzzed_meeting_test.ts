import assert from "node:assert/strict";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { fuzzMeeting } from "./fuzzed_meeting.ts";

/** `deno task fuzz signaling` sends a million. */
const INPUTS = 2_500;
const { seed = Math.floor(Math.random() * 2 ** 32) } = propertyRuns(1);

Deno.test(`whatever is sent to a meeting is answered once, and two others do not notice (DT_SEED=${seed})`, async () => {
  const { inputs, answers } = await fuzzMeeting({ seed, count: INPUTS });
  assert.ok(inputs >= INPUTS);
  // A fuzz that is always refused at the door proves nothing.
  assert.ok((answers.get("joinResponse to joinRequest") ?? 0) > 0);
  const done = [...answers.keys()].filter((key) => key.startsWith("acknowledgement to "));
  assert.ok(done.length >= 10, `only these were ever done: ${done}`);
});
