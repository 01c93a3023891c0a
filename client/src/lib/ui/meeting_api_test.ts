import assert from "node:assert/strict";
import {
  createMeeting,
  CreateMeetingError,
  readMeetingEndpoints,
  readMeetingInfo,
} from "./meeting_api.ts";

const answering = (response: Response): typeof fetch => () => Promise.resolve(response);

async function failureOf(fetchApi: typeof fetch): Promise<string> {
  try {
    await createMeeting(fetchApi);
  } catch (error) {
    assert.ok(error instanceof CreateMeetingError);
    return error.failure;
  }
  throw new Error("the meeting was created");
}

Deno.test("a created meeting's code is returned", async () => {
  const response = Response.json({ meeting_code: "abc-defg-hij" }, { status: 201 });
  assert.equal(await createMeeting(answering(response)), "abc-defg-hij");
});

Deno.test("each way to fail has its word", async () => {
  assert.equal(await failureOf(answering(new Response(null, { status: 401 }))), "refused");
  assert.equal(await failureOf(answering(new Response(null, { status: 429 }))), "too-many");
  assert.equal(await failureOf(answering(new Response(null, { status: 500 }))), "failed");
  assert.equal(await failureOf(answering(new Response("no json"))), "failed");
  assert.equal(await failureOf(answering(Response.json({ meeting_code: "../x" }))), "failed");
  assert.equal(await failureOf(() => Promise.reject(new TypeError("offline"))), "failed");
});

Deno.test("a meeting is encrypted unless it says that it is not", () => {
  const info = (settings?: unknown) =>
    readMeetingInfo("abc-defg-hij", { meeting_id: "m", settings })?.e2eEncryption;
  assert.equal(info(), true);
  assert.equal(info({ enable_e2e_encryption: true }), true);
  assert.equal(info({ enable_e2e_encryption: false }), false);
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
