import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { auditedActionsOf, eventTypesOf } from "../testing/organisation_history.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();

const MEETINGS = "/api/v1/meetings";
const SCHEDULE = {
  scheduled_start: "2099-11-23T10:00:00+01:00",
  scheduled_end: "2099-11-23T11:00:00+01:00",
};

async function create(api: TestApi, tenant: TestTenant, body: Record<string, unknown> = {}) {
  const response = await api.request("POST", MEETINGS, { as: tenant.member, body });
  assert.equal(response.status, 201);
  return await response.json();
}

async function shown(api: TestApi, id: string, as?: TestTenant["member"]) {
  const response = await api.request("GET", `${MEETINGS}/${id}`, { as });
  assert.equal(response.status, 200);
  return { meeting: await response.json(), etag: response.headers.get("etag") };
}

Deno.test("a planned meeting needs no controller, and everything about it is kept", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  const created = await create(api, acme, {
    ...SCHEDULE,
    display_name: "  Review ",
    description: "Bring figures",
    max_participants: 9,
    passcode: "open sesame",
    settings: {
      enable_e2e_encryption: false,
      require_auth: true,
      recording_enabled: true,
      lobby_enabled: true,
      default_grants: ["chat", "microphone"],
    },
  });
  const { participant_id, join_token, meeting_controller_url } = created;
  assert.deepEqual([participant_id, join_token, meeting_controller_url], [null, null, null]);
  assert.deepEqual(api.controllers.assigned, []);
  const { meeting, etag } = await shown(api, created.meeting_id, acme.member);
  const { created_at, updated_at, ...rest } = meeting;
  assert.equal(created_at, updated_at);
  assert.equal(etag, '"1"');
  assert.deepEqual(rest, {
    meeting_id: created.meeting_id,
    meeting_code: created.meeting_code,
    meeting_url: `https://tower.example/m/${created.meeting_code}`,
    display_name: "Review",
    description: "Bring figures",
    participant_count: 0,
    max_participants: 9,
    scheduled_start: "2099-11-23T09:00:00.000Z",
    scheduled_end: "2099-11-23T10:00:00.000Z",
    settings: {
      enable_e2e_encryption: false,
      require_auth: true,
      recording_enabled: true,
      lobby_enabled: true,
      default_grants: ["microphone", "chat"],
    },
    requires: { passcode: true, sign_in: true, lobby: true },
    has_passcode: true,
    locked: false,
    room_id: null,
    owner_id: acme.member.userId,
    status: "scheduled",
    ended_at: null,
    meeting_controller_region: null,
    meeting_controller_url: null,
  });
  assert.deepEqual(await eventTypesOf(api.sql, acme.organisationId), ["meeting.created"]);
  assert.deepEqual(await auditedActionsOf(api.sql, acme.organisationId), ["meeting.created"]);
});

Deno.test("a meeting that starts now comes with its host's token", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const created = await create(api, acme, { scheduled_start: "2020-01-01T00:00:00Z" });
  assert.equal(typeof created.join_token, "string");
  assert.equal(created.meeting_controller_url, api.controller.endpoint);
});

Deno.test("who only has the link sees what joining needs, and no more", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  const { meeting_id } = await create(api, acme, {
    display_name: "Review",
    description: "secret plans",
    passcode: "open sesame",
  });
  for (const as of [undefined, other.owner as TestTenant["member"]]) {
    const { meeting, etag } = await shown(api, meeting_id, as);
    assert.equal(etag, null);
    assert.equal(meeting.display_name, "Review");
    assert.deepEqual(meeting.requires, { passcode: true, sign_in: false, lobby: false });
    assert.deepEqual(Object.keys(meeting.settings).sort(), [
      "enable_e2e_encryption",
      "recording_enabled",
      "require_auth",
    ]);
    for (const field of ["description", "owner_id", "locked", "has_passcode", "room_id"]) {
      assert.equal(field in meeting, false, field);
    }
    assert.doesNotMatch(JSON.stringify(meeting), /scrypt|sesame|secret plans/);
  }
});

Deno.test("what no meeting can be is refused", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  for (
    const body of [
      { scheduled_start: "tomorrow" },
      { scheduled_start: "2099-01-01T00:00:00" },
      { scheduled_start: "0000-01-01T00:00:00Z" },
      { scheduled_end: SCHEDULE.scheduled_end },
      { scheduled_start: SCHEDULE.scheduled_end, scheduled_end: SCHEDULE.scheduled_start },
      { description: "x".repeat(2_001) },
      { display_name: "\ud800" },
      { settings: { default_grants: ["moderate"] } },
      { settings: { lobby_enabled: "yes" } },
      { room_id: "standup" },
      { room_id: crypto.randomUUID() },
      { max_participants: 0 },
    ]
  ) {
    const response = await api.request("POST", MEETINGS, { as: acme.member, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
  await assertError(
    await api.request("POST", MEETINGS, { body: SCHEDULE }),
    401,
    "UNAUTHORIZED",
  );
});

Deno.test("an organisation opens no more and no larger meetings than its quotas allow", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await api.sql`UPDATE organisations SET max_open_meetings = 3, max_participants = 8
    WHERE organisation_id = ${acme.organisationId}`;
  const post = (body = {}) => api.request("POST", MEETINGS, { as: acme.member, body });
  await assertError(await post({ max_participants: 9 }), 403, "QUOTA_EXCEEDED");
  const statuses = await Promise.all(
    Array.from({ length: 10 }, async () => (await post({ ...SCHEDULE })).status),
  );
  assert.equal(statuses.filter((status) => status === 201).length, 3);
  assert.equal(statuses.filter((status) => status === 403).length, 7);
  const list = await (await api.request("GET", MEETINGS, { as: acme.member })).json();
  const path = `${MEETINGS}/${list.meetings[0].meeting_id}`;
  const { meeting } = await shown(api, list.meetings[0].meeting_id);
  assert.equal(meeting.max_participants, 8, "the default bows to the quota");
  const patch = { as: acme.member, body: { max_participants: 9 } };
  await assertError(await api.request("PATCH", path, patch), 403, "QUOTA_EXCEEDED");
  await api.request("DELETE", path, { as: acme.member });
  assert.equal((await post(SCHEDULE)).status, 201);
});

Deno.test("members list their own meetings, page by page; programs all of them", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  for (let index = 0; index < 5; index++) await create(api, acme, SCHEDULE);
  await api.request("POST", MEETINGS, { as: acme.owner });
  await api.request("POST", MEETINGS, { as: other.owner });
  const list = async (query: string, as: TestTenant["member"] | TestTenant["client"]) => {
    const response = await api.request("GET", `${MEETINGS}?${query}`, { as });
    assert.equal(response.status, 200, query);
    return await response.json();
  };
  const seen: string[] = [];
  let cursor = "";
  do {
    const page = await list(`limit=2${cursor && `&cursor=${cursor}`}`, acme.member);
    assert.deepEqual([page.total, page.total_is_exact], [5, true]);
    seen.push(...page.meetings.map(({ meeting_id }: { meeting_id: string }) => meeting_id));
    cursor = page.next_cursor ?? "";
  } while (cursor !== "");
  assert.equal(new Set(seen).size, 5);
  assert.equal(seen.length, 5);
  assert.equal((await list("", acme.client)).total, 6);
  assert.equal((await list(`user_id=${acme.owner.userId}`, acme.client)).total, 1);
  assert.equal((await list(`user_id=${other.owner.userId}`, acme.client)).total, 0);
  assert.equal((await list("from=2099-01-01T00:00:00Z", acme.client)).total, 5);
  assert.equal((await list("status=scheduled&to=2099-01-01T00:00:00Z", acme.client)).total, 1);
  for (
    const query of ["active=true&status=ended", "limit=0", "limit=101", "cursor=x", "from=today"]
  ) {
    await assertError(
      await api.request("GET", `${MEETINGS}?${query}`, { as: acme.client }),
      400,
      "INVALID_REQUEST",
    );
  }
});
