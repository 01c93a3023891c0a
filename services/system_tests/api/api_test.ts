import assert from "node:assert/strict";
import { startTemporaryStack } from "../temporary_stack.ts";

Deno.test("an API client creates, finds, lists and ends a meeting, and a guest joins it", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  const call = async (
    method: string,
    path: string,
    options: { token?: string; body?: unknown } = {},
  ) => {
    const response = await fetch(`${stack.url}/api/v1${path}`, {
      method,
      headers: {
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  };

  const health = await call("GET", "/health");
  assert.equal(health.status, 200);
  assert.equal(health.body.status, "ok");

  const { clientId, clientSecret } = stack.secrets;
  const granted = await call("POST", "/auth/token", {
    body: { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret },
  });
  assert.deepEqual([granted.status, granted.body.token_type, granted.body.expires_in], [
    200,
    "Bearer",
    3600,
  ]);
  const token = granted.body.access_token;

  const created = await call("POST", "/meetings", {
    token,
    body: { display_name: "Team Standup", max_participants: 10 },
  });
  assert.equal(created.status, 201);
  const { meeting_id: meetingId, meeting_code: code } = created.body;
  assert.match(code, /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);

  await t.step("it is found by id and by code", async () => {
    for (const name of [meetingId, code]) {
      const found = await call("GET", `/meetings/${name}`);
      assert.equal(found.status, 200);
      assert.equal(found.body.meeting_id, meetingId);
      assert.equal(found.body.display_name, "Team Standup");
      assert.equal(found.body.participant_count, 0);
    }
  });

  await t.step("a guest gets all that joining needs", async () => {
    const joined = await call("POST", `/meetings/${code}/join`, { body: {} });
    assert.equal(joined.status, 200);
    assert.equal(joined.headers.get("cache-control"), "no-store");
    assert.match(joined.body.meeting_controller_url, /^https:\/\/127\.0\.0\.1:\d+/);
    assert.match(joined.body.media_handler_url, /^https:\/\/127\.0\.0\.1:\d+/);
    assert.equal(joined.body.certificate_hashes.length, 2);
    assert.equal(joined.body.e2e_encryption, true);
  });

  await t.step("its owner lists it, and others do not see the list", async () => {
    const listed = await call("GET", `/meetings?user_id=${clientId}&active=true`, { token });
    assert.equal(listed.status, 200);
    assert.deepEqual(
      listed.body.meetings.map((meeting: { meeting_id: string }) => meeting.meeting_id),
      [meetingId],
    );
    assert.equal(listed.body.total, 1);
    assert.equal((await call("GET", "/meetings")).status, 401);
  });

  await t.step("once ended it cannot be joined", async () => {
    assert.equal((await call("DELETE", `/meetings/${meetingId}`)).status, 401);
    assert.equal((await call("DELETE", `/meetings/${meetingId}`, { token })).status, 204);
    const joined = await call("POST", `/meetings/${code}/join`, { body: {} });
    assert.ok(joined.status >= 400 && joined.status < 500);
    assert.equal(typeof joined.body.error.code, "string");
  });

  await t.step("errors come in the specification's envelope", async () => {
    const missing = await call("GET", `/meetings/${crypto.randomUUID()}`);
    assert.equal(missing.status, 404);
    assert.equal(missing.body.error.code, "MEETING_NOT_FOUND");
    const response = await fetch(`${stack.url}/api/v1/meetings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{no json",
    });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.code, "INVALID_REQUEST");
  });
});
