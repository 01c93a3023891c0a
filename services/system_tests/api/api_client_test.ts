import assert from "node:assert/strict";
import { ApiClient, ApiRequestError } from "../../../client/api_client/api_client.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

Deno.test("a program uses the running service by the generated client alone", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  const guest = new ApiClient({ origin: stack.url });
  const granted = await guest.call("issueAccessToken", {
    body: {
      grant_type: "client_credentials",
      client_id: stack.secrets.clientId,
      client_secret: stack.secrets.clientSecret,
    },
  });
  const api = new ApiClient({ origin: stack.url, token: () => granted.body.access_token });

  await t.step("a meeting is created once, however often it is asked for", async () => {
    const request = {
      headers: { "Idempotency-Key": crypto.randomUUID() },
      body: { display_name: "Stand-up" },
    };
    const calls = Array.from({ length: 10 }, () => api.call("createMeeting", request));
    const created = await Promise.all(calls);
    assert.equal(new Set(created.map(({ body }) => body.meeting_id)).size, 1);
    assert.equal(created.filter(({ headers }) => !headers.has("idempotency-replayed")).length, 1);
  });

  await t.step("a list comes page by page", async () => {
    for (let index = 0; index < 3; index++) {
      await api.call("createMeeting", { body: { display_name: `Meeting ${index}` } });
    }
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await api.call("listMeetings", { query: { limit: 2, cursor } });
      names.push(...body.meetings.map((meeting) => meeting.display_name));
      cursor = body.next_cursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(names, ["Meeting 2", "Meeting 1", "Meeting 0", "Stand-up"]);
  });

  await t.step("a change is made to the version that was read", async () => {
    const { body } = await api.call("createMeeting", { body: {} });
    const path = { meeting: body.meeting_id };
    const { headers } = await api.call("getMeeting", { path });
    const change = {
      path,
      headers: { "If-Match": headers.get("etag")! },
      body: { display_name: "Changed" },
    };
    assert.equal((await api.call("updateMeeting", change)).body.display_name, "Changed");
    await assert.rejects(
      api.call("updateMeeting", change),
      (error) => error instanceof ApiRequestError && error.code === "PRECONDITION_FAILED",
    );
  });

  await t.step("a guest joins, and not once it has ended", async () => {
    const { body } = await api.call("createMeeting", { body: {} });
    const path = { meeting: body.meeting_code };
    const { body: grant } = await guest.call("joinMeeting", { path, body: {} });
    assert.match(grant.meeting_controller_url, /^https:\/\/127\.0\.0\.1:\d+/);
    assert.equal((await api.call("endMeeting", { path })).status, 204);
    await assert.rejects(
      guest.call("joinMeeting", { path, body: {} }),
      (error) => error instanceof ApiRequestError && error.code === "MEETING_ENDED",
    );
  });
});
