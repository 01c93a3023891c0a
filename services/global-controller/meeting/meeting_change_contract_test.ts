import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { MeetingConfiguration } from "../region/meeting_controller_client.ts";
import { assertError } from "../testing/assert_error.ts";
import { auditedActionsOf, eventTypesOf } from "../testing/organisation_history.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();

const MEETINGS = "/api/v1/meetings";
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
  assert.deepEqual(await eventTypesOf(api.sql, acme.organisationId), [
    "meeting.created",
    "meeting.updated",
  ]);
  assert.deepEqual(await auditedActionsOf(api.sql, acme.organisationId), [
    "meeting.created",
    "meeting.updated",
  ]);
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
  assert.deepEqual(await auditedActionsOf(api.sql, acme.organisationId), [
    "meeting.created",
    "meeting.updated",
  ]);
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

Deno.test("a meeting that ends while it is changed is ended at its controller", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { meeting_id } = await create(api, acme);
  const path = `${MEETINGS}/${meeting_id}`;
  const { controllers, controller } = api;
  const calls: string[] = [];
  const assign = controllers.assignMeeting.bind(controllers);
  const end = controllers.endMeeting.bind(controllers);
  controllers.assignMeeting = async (rpcEndpoint, meeting: MeetingConfiguration) => {
    assert.equal((await api.request("DELETE", path, { as: acme.member })).status, 204);
    calls.push("assign");
    return await assign(rpcEndpoint, meeting);
  };
  controllers.endMeeting = (rpcEndpoint, meetingId) => {
    calls.push("end");
    return end(rpcEndpoint, meetingId);
  };
  await api.request("PATCH", path, { as: acme.member, body: { locked: true } });
  assert.deepEqual(calls, ["end", "assign", "end"]);
  assert.equal(controllers.ended.at(-1), `${controller.rpcEndpoint} ${meeting_id}`);
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
  await assertError(
    await api.request("PATCH", path, { as: acme.member, body }),
    403,
    "FORBIDDEN",
  );
  await assertError(
    await api.request("PATCH", path, { as: other.owner, body }),
    404,
    "MEETING_NOT_FOUND",
  );
  const guests = await (await api.request("POST", MEETINGS)).json();
  const guestPath = `${MEETINGS}/${guests.meeting_id}`;
  await assertError(
    await api.request("PATCH", guestPath, { as: acme.owner, body }),
    404,
    "MEETING_NOT_FOUND",
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
  assert.deepEqual(await eventTypesOf(api.sql, acme.organisationId), [
    "meeting.created",
    "meeting.ended",
  ]);
  assert.deepEqual(await auditedActionsOf(api.sql, acme.organisationId), [
    "meeting.created",
    "meeting.ended",
  ]);
});
