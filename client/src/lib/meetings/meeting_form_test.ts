import assert from "node:assert/strict";
import {
  meetingProblems,
  newMeetingValues,
  readMeetingValues,
  writeMeetingValues,
} from "./meeting_form.ts";

const ZONE = "Europe/Berlin";
const WORDS = {
  startMissing: "start",
  endBeforeStart: "end",
  passcodeShort: "short",
  participantsInvalid: "invalid",
};
const planned = {
  ...newMeetingValues(),
  name: " Stand-up ",
  planned: true,
  start: "2026-11-24T10:00",
  end: "2026-11-24T11:00",
};

Deno.test("a planned meeting has its times in the zone of the form", () => {
  const request = writeMeetingValues(planned, ZONE);
  assert.equal(request.display_name, "Stand-up");
  assert.equal(request.scheduled_start, "2026-11-24T09:00:00.000Z");
  assert.equal(request.scheduled_end, "2026-11-24T10:00:00.000Z");
});

Deno.test("a meeting that is not planned any more loses its times", () => {
  const request = writeMeetingValues({ ...planned, planned: false }, ZONE);
  assert.deepEqual([request.scheduled_start, request.scheduled_end], [null, null]);
});

Deno.test("what cannot be held is found", () => {
  const problems = (values: typeof planned) => meetingProblems(values, ZONE, WORDS);
  assert.deepEqual(Object.values(problems(planned)).filter(Boolean), []);
  assert.equal(problems({ ...planned, start: "" }).scheduled_start, "start");
  assert.equal(problems({ ...planned, end: planned.start }).scheduled_end, "end");
  assert.equal(problems({ ...planned, end: "" }).scheduled_end, undefined);
});

Deno.test("a meeting that is edited without a change stays as it is", () => {
  const values = readMeetingValues({
    meeting_id: "m",
    meeting_code: "abc-defg-hij",
    meeting_url: "",
    display_name: "Stand-up",
    description: "Daily",
    participant_count: 0,
    max_participants: 12,
    status: "scheduled",
    scheduled_start: "2026-11-24T09:00:00.000Z",
    scheduled_end: null,
    created_at: "2026-11-01T09:00:00.000Z",
    meeting_controller_region: null,
    meeting_controller_url: null,
    requires: { passcode: true, sign_in: false, lobby: false },
    settings: {
      enable_e2e_encryption: true,
      require_auth: false,
      recording_enabled: false,
      lobby_enabled: false,
      default_grants: ["microphone", "chat"],
    },
    has_passcode: true,
    locked: true,
  }, ZONE);
  assert.equal(values.start, "2026-11-24T10:00");
  assert.equal(values.locked, true);
  assert.deepEqual(writeMeetingValues(values, ZONE), {
    display_name: "Stand-up",
    description: "Daily",
    scheduled_start: "2026-11-24T09:00:00.000Z",
    scheduled_end: null,
    max_participants: 12,
    settings: {
      enable_e2e_encryption: true,
      require_auth: false,
      lobby_enabled: false,
      default_grants: ["microphone", "chat"],
    },
  });
});
