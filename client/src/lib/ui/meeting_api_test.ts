import assert from "node:assert/strict";
import { readMeetingEndpoints, readMeetingInfo } from "./meeting_api.ts";

Deno.test("a meeting is encrypted unless it says that it is not", () => {
  const info = (settings?: unknown) =>
    readMeetingInfo("abc-defg-hij", { meeting_id: "m", settings })?.e2eEncryption;
  assert.equal(info(), true);
  assert.equal(info({ enable_e2e_encryption: true }), true);
  assert.equal(info({ enable_e2e_encryption: false }), false);
});

Deno.test("it is known before joining when a meeting starts and what it asks of guests", () => {
  const info = readMeetingInfo("abc-defg-hij", {
    meeting_id: "m",
    scheduled_start: "2026-11-24T09:00:00Z",
    requires: { passcode: true, sign_in: false, lobby: false },
  });
  assert.equal(info?.scheduledStart, "2026-11-24T09:00:00Z");
  assert.deepEqual(info?.requires, { passcode: true, signIn: false });
});

Deno.test("what is no meeting and what is no endpoint is not taken for one", () => {
  for (const body of [undefined, null, 7, [], {}, { meeting_id: 7 }]) {
    assert.equal(readMeetingInfo("abc-defg-hij", body), undefined);
    assert.equal(readMeetingEndpoints(body), undefined);
  }
});

Deno.test("endpoints carry only what they promise", () => {
  assert.deepEqual(
    readMeetingEndpoints({
      meeting_controller_url: "https://mc",
      media_handler_url: null,
      certificate_hashes: ["AAAA", 7],
    }),
    { meetingControllerUrl: "https://mc", mediaHandlerUrl: undefined, certificateHashes: ["AAAA"] },
  );
});
