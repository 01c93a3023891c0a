import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { MeetingConfiguration } from "../region/meeting_controller_client.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();

const MEETINGS = "/api/v1/meetings";
const SCHEDULE = {
  scheduled_start: "2099-11-23T10:00:00+01:00",
  scheduled_end: "2099-11-23T11:00:00+01:00",
};
const PARALLEL = 20;

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

/** Types of the events that the organisation's webhooks hear of, in order. */
async function eventsOf(api: TestApi, { organisationId }: TestTenant): Promise<string[]> {
  const rows = await api.sql<{ event_type: string }[]>`
    SELECT event_type FROM webhook_events WHERE organisation_id = ${organisationId}
    ORDER BY created_at`;
  return rows.map(({ event_type }) => event_type);
}

async function actionsOf(api: TestApi, { organisationId }: TestTenant): Promise<string[]> {
  const rows = await api.sql<{ action: string }[]>`
    SELECT action FROM audit_log WHERE organisation_id = ${organisationId} ORDER BY sequence`;
  return rows.map(({ action }) => action);
}

/** Configurations that controllers were told from now on, the latest last. */
function recordConfigurations(api: TestApi): MeetingConfiguration[] {
  const told: MeetingConfiguration[] = [];
  const { controllers } = api;
  const assign = controllers.assignMeeting.bind(controllers);
  controllers.assignMeeting = (rpcEndpoint, meeting: MeetingConfiguration) => {
    told.push(meeting);
    return assign(rpcEndpoint, meeting);
  };
  return told;
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
  assert.deepEqual(await eventsOf(api, acme), ["meeting.created"]);
  assert.deepEqual(await actionsOf(api, acme), ["meeting.created"]);
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

Deno.test("a passcode is kept hashed, replaced, and taken away", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme, { passcode: "open sesame" });
  const hash = async () => {
    const [row] = await api.sql<{ passcode_hash: string | null }[]>`
      SELECT passcode_hash FROM meetings WHERE meeting_id = ${meeting_id}`;
    return row!.passcode_hash;
  };
  assert.ok(await api.hasher.verify("open sesame", await hash() ?? undefined));
  const change = (passcode: unknown) =>
    api.request("PATCH", `${MEETINGS}/${meeting_id}`, { as: acme.member, body: { passcode } });
  assert.equal((await change("another one")).status, 200);
  assert.ok(await api.hasher.verify("another one", await hash() ?? undefined));
  const without = await change(null);
  assert.equal((await without.json()).has_passcode, false);
  assert.equal(await hash(), null);
  for (const passcode of ["abc", "x".repeat(65), "null\0", 1234]) {
    await assertError(await change(passcode), 400, "INVALID_REQUEST");
  }
});

Deno.test("a change reaches the controller of the running meeting", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const told = recordConfigurations(api);
  const response = await api.request("PATCH", `${MEETINGS}/${meeting_id}`, {
    as: acme.admin,
    body: {
      display_name: "Standup",
      max_participants: 5,
      locked: true,
      settings: { lobby_enabled: true, default_grants: ["microphone"] },
    },
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("etag"), '"2"');
  const changed = await response.json();
  assert.deepEqual([changed.display_name, changed.max_participants, changed.locked], [
    "Standup",
    5,
    true,
  ]);
  const [configuration] = told;
  assert.equal(told.length, 1);
  assert.equal(configuration?.displayName, "Standup");
  assert.equal(configuration?.maxParticipants, 5);
  assert.equal(configuration?.locked, true);
  assert.equal(configuration?.settings.lobbyEnabled, true);
  assert.deepEqual(configuration?.settings.defaultGrants, ["microphone"]);
  assert.deepEqual(await eventsOf(api, acme), ["meeting.created", "meeting.updated"]);
  assert.deepEqual(await actionsOf(api, acme), ["meeting.created", "meeting.updated"]);
});

Deno.test("a controller that could not be told is told by the same change again", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const lock = () =>
    api.request("PATCH", `${MEETINGS}/${meeting_id}`, { as: acme.member, body: { locked: true } });
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  const refused = await lock();
  assert.equal(refused.headers.get("retry-after"), "2");
  await assertError(refused, 503, "SERVICE_UNAVAILABLE");
  assert.equal((await shown(api, meeting_id, acme.member)).meeting.locked, true);
  api.controllers.refusals.clear();
  const told = recordConfigurations(api);
  const again = await lock();
  assert.equal(again.status, 200);
  assert.equal(again.headers.get("etag"), '"2"', "nothing changed a second time");
  assert.equal(told.at(-1)?.locked, true);
  assert.deepEqual(await actionsOf(api, acme), ["meeting.created", "meeting.updated"]);
});

Deno.test("a change that overtakes another is the last that the controller hears", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const path = `${MEETINGS}/${meeting_id}`;
  const rename = (display_name: string) =>
    api.request("PATCH", path, { as: acme.member, body: { display_name } });
  const told: string[] = [];
  const { controllers } = api;
  const assign = controllers.assignMeeting.bind(controllers);
  let overtaken = false;
  controllers.assignMeeting = async (rpcEndpoint, meeting: MeetingConfiguration) => {
    if (!overtaken) {
      overtaken = true;
      assert.equal((await rename("second")).status, 200);
    }
    told.push(meeting.displayName);
    return await assign(rpcEndpoint, meeting);
  };
  const first = await rename("first");
  assert.equal((await first.json()).display_name, "second");
  assert.equal(told.at(-1), "second");
  assert.ok(told.includes("first"), "the older one arrived after the newer one");
});

Deno.test("of 20 changes to one version at once, one is made", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const statuses = await Promise.all(
    Array.from({ length: PARALLEL }, async (_, index) => {
      const response = await api.request("PATCH", `${MEETINGS}/${meeting_id}`, {
        as: acme.member,
        headers: { "if-match": '"1"' },
        body: { display_name: `name ${index}` },
      });
      const { display_name, error } = await response.json();
      return response.status === 200 ? display_name : error.code;
    }),
  );
  const made = statuses.filter((status) => status !== "PRECONDITION_FAILED");
  assert.equal(made.length, 1);
  const { meeting, etag } = await shown(api, meeting_id, acme.member);
  assert.equal(meeting.display_name, made[0]);
  assert.equal(etag, '"2"');
});

Deno.test("changes of different fields at once are all kept", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const bodies = [{ display_name: "Standup" }, { description: "daily" }, { locked: true }];
  await Promise.all(
    bodies.map((body) =>
      api.request("PATCH", `${MEETINGS}/${meeting_id}`, { as: acme.member, body })
    ),
  );
  const { meeting, etag } = await shown(api, meeting_id, acme.member);
  assert.deepEqual([meeting.display_name, meeting.description, meeting.locked], [
    "Standup",
    "daily",
    true,
  ]);
  assert.equal(etag, '"4"');
});

Deno.test("encryption stays as it was once somebody has been in the meeting", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const encrypt = (enable_e2e_encryption: boolean) =>
    api.request("PATCH", `${MEETINGS}/${meeting_id}`, {
      as: acme.member,
      body: { settings: { enable_e2e_encryption } },
    });
  assert.equal((await encrypt(false)).status, 200);
  await api.sql`
    INSERT INTO participants (participant_id, meeting_id, controller_id, joined_at, left_at,
      leave_reason)
    VALUES (gen_random_uuid(), ${meeting_id}, gen_random_uuid(), now(), now(), 'voluntary')`;
  await assertError(await encrypt(true), 409, "CONFLICT");
  assert.equal((await encrypt(false)).status, 200);
});

Deno.test("only those who administer a meeting change it, and nobody once it has ended", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  const body = { locked: true };
  const { meeting_id } = await (await api.request("POST", MEETINGS, { as: acme.admin })).json();
  const path = `${MEETINGS}/${meeting_id}`;
  await assertError(await api.request("PATCH", path, { body }), 401, "UNAUTHORIZED");
  for (const as of [acme.member, other.owner]) {
    await assertError(await api.request("PATCH", path, { as, body }), 403, "FORBIDDEN");
  }
  const guests = await (await api.request("POST", MEETINGS)).json();
  const guestPath = `${MEETINGS}/${guests.meeting_id}`;
  await assertError(
    await api.request("PATCH", guestPath, { as: acme.owner, body }),
    403,
    "FORBIDDEN",
  );
  const unknown = `${MEETINGS}/${crypto.randomUUID()}`;
  await assertError(
    await api.request("PATCH", unknown, { as: acme.owner, body }),
    404,
    "MEETING_NOT_FOUND",
  );
  await api.request("DELETE", path, { as: acme.owner });
  await assertError(
    await api.request("PATCH", path, { as: acme.owner, body }),
    410,
    "MEETING_ENDED",
  );
  await api.request("DELETE", path, { as: acme.owner });
  assert.deepEqual(await eventsOf(api, acme), ["meeting.created", "meeting.ended"]);
  assert.deepEqual(await actionsOf(api, acme), ["meeting.created", "meeting.ended"]);
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
