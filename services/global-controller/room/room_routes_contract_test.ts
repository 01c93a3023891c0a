import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { auditedActionsOf } from "../testing/organisation_history.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();

const ROOMS = "/api/v1/rooms";
const PARALLEL = 50;

type Person = TestTenant["member"];

async function create(api: TestApi, as: Person, slug: string, configuration = {}) {
  const body = { slug, display_name: `Room ${slug}`, configuration };
  const response = await api.request("POST", ROOMS, { as, body });
  assert.equal(response.status, 201);
  return await response.json();
}

Deno.test("a room keeps what its meetings start with, without its passcode", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const created = await create(api, acme.member, "standup", {
    description: "every day",
    max_participants: 8,
    passcode: "open sesame",
    guests_may_open: true,
    settings: { lobby_enabled: true, default_grants: ["chat", "camera"] },
  });
  const { room_id, created_at: _, updated_at: __, ...rest } = created;
  assert.deepEqual(rest, {
    slug: "standup",
    display_name: "Room standup",
    owner_user_id: acme.member.userId,
    configuration: {
      description: "every day",
      max_participants: 8,
      has_passcode: true,
      guests_may_open: true,
      settings: {
        enable_e2e_encryption: true,
        require_auth: false,
        recording_enabled: false,
        lobby_enabled: true,
        default_grants: ["camera", "chat"],
      },
    },
  });
  for (const name of [room_id, "standup"]) {
    const response = await api.request("GET", `${ROOMS}/${name}`, { as: acme.client });
    assert.deepEqual(await response.json(), created);
    assert.equal(response.headers.get("etag"), '"1"');
  }
  const opened = await (await api.request("POST", `${ROOMS}/standup/meeting`, {
    as: acme.admin,
  })).json();
  const meeting = await (await api.request("GET", `/api/v1/meetings/${opened.meeting_id}`, {
    as: acme.member,
  })).json();
  assert.equal(meeting.display_name, "Room standup");
  assert.equal(meeting.description, "every day");
  assert.equal(meeting.max_participants, 8);
  assert.equal(meeting.room_id, room_id);
  assert.equal(meeting.owner_id, acme.member.userId, "the room's owner hosts it");
  assert.deepEqual(meeting.settings, created.configuration.settings);
  assert.deepEqual(meeting.requires, { passcode: true, sign_in: false, lobby: true });
});

Deno.test("of 50 who open a room at once, one makes the meeting and all get it", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await create(api, acme.owner, "standup", { guests_may_open: true });
  const link = "/api/v1/room-links/acme/standup";
  const answers = await Promise.all(
    Array.from({ length: PARALLEL }, async (_, index) => {
      const response = index % 2 === 0
        ? await api.request("POST", `${ROOMS}/standup/meeting`, { as: acme.member })
        : await api.request("GET", link);
      const { meeting_code } = await response.json();
      return { status: response.status, meeting_code };
    }),
  );
  assert.ok(answers.every(({ status }) => status === 200 || status === 201));
  assert.equal(new Set(answers.map(({ meeting_code }) => meeting_code)).size, 1);
  const [count] = await api.sql<{ n: number }[]>`SELECT count(*)::int AS n FROM meetings`;
  assert.equal(count?.n, 1);
  const actions = await auditedActionsOf(api.sql, acme.organisationId);
  assert.deepEqual(actions, ["room.created", "meeting.created"]);
});

Deno.test("when the meeting of a room has ended, the next one has another code", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await create(api, acme.member, "standup");
  const open = () => api.request("POST", `${ROOMS}/standup/meeting`, { as: acme.member });
  const first = await open();
  assert.equal(first.status, 201);
  const { meeting_id, meeting_code } = await first.json();
  assert.equal((await open()).status, 200);
  await api.request("DELETE", `/api/v1/meetings/${meeting_id}`, { as: acme.member });
  const next = await open();
  assert.equal(next.status, 201);
  assert.notEqual((await next.json()).meeting_code, meeting_code);
  const joined = await api.request("POST", `/api/v1/meetings/${meeting_code}/join`);
  await assertError(joined, 410, "MEETING_ENDED");
});

Deno.test("a meeting is made for a room by name, while no other is open there", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { room_id } = await create(api, acme.member, "standup");
  const post = (as: Person) =>
    api.request("POST", "/api/v1/meetings", { as, body: { room_id, display_name: "Special" } });
  assert.equal((await post(acme.member)).status, 201);
  await assertError(await post(acme.member), 409, "CONFLICT");
  const theirs = await create(api, acme.admin, "board");
  const body = { room_id: theirs.room_id };
  await assertError(
    await api.request("POST", "/api/v1/meetings", { as: acme.member, body }),
    403,
    "FORBIDDEN",
  );
});

Deno.test("a link leads guests to an open meeting, and opens one only where the room says so", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  await create(api, acme.member, "closed");
  const follow = async (as?: Person) => {
    const response = await api.request("GET", "/api/v1/room-links/acme/closed", { as });
    assert.equal(response.status, 200);
    return await response.json();
  };
  const nothing = { display_name: "Room closed", meeting_code: null, meeting_url: null };
  assert.deepEqual(await follow(), nothing);
  assert.deepEqual(await follow(other.owner), nothing);
  const { meeting_code, meeting_url } = await follow(acme.admin);
  assert.equal(meeting_url, `https://tower.example/m/${meeting_code}`);
  assert.equal((await follow()).meeting_code, meeting_code);
  const joined = await api.request("POST", `/api/v1/meetings/${meeting_code}/join`);
  assert.equal(joined.status, 200);
  for (const path of ["acme/nothing", "nobody/closed", "ACME/closed", "acme/%00"]) {
    await assertError(await api.request("GET", `/api/v1/room-links/${path}`), 404, "NOT_FOUND");
  }
});

Deno.test("rooms are seen by their organisation, and changed by their owner and administrators", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  const { room_id } = await create(api, acme.admin, "board");
  const path = `${ROOMS}/${room_id}`;
  const body = { display_name: "Boardroom" };
  assert.equal((await api.request("GET", path, { as: acme.member })).status, 200);
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const sent = method === "PATCH" ? { body } : {};
    await assertError(await api.request(method, path, sent), 401, "UNAUTHORIZED");
    await assertError(
      await api.request(method, path, { as: other.owner, ...sent }),
      404,
      "NOT_FOUND",
    );
    if (method === "GET") continue;
    await assertError(
      await api.request(method, path, { as: acme.member, ...sent }),
      403,
      "FORBIDDEN",
    );
  }
  await assertError(
    await api.request("POST", `${path}/meeting`, { as: other.owner }),
    404,
    "NOT_FOUND",
  );
  await create(api, other.owner, "board");
  const list = await (await api.request("GET", ROOMS, { as: other.member })).json();
  assert.equal(list.rooms.length, 1);
  assert.equal((await api.request("PATCH", path, { as: acme.owner, body })).status, 200);
  await assertError(
    await api.request("GET", `${ROOMS}/no room`, { as: acme.owner }),
    404,
    "NOT_FOUND",
  );
});

Deno.test("a room changes by versions, field by field, and only to a free slug", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await create(api, acme.member, "board");
  const { room_id } = await create(api, acme.member, "standup", { passcode: "open sesame" });
  const patch = (body: unknown, version?: number) =>
    api.request("PATCH", `${ROOMS}/${room_id}`, {
      as: acme.member,
      body,
      headers: version === undefined ? {} : { "if-match": `"${version}"` },
    });
  await assertError(await patch({ slug: "board" }), 409, "CONFLICT");
  await assertError(
    await api.request("POST", ROOMS, {
      as: acme.owner,
      body: { slug: "board", display_name: "B" },
    }),
    409,
    "CONFLICT",
  );
  const renamed = await patch({ slug: "daily", configuration: { guests_may_open: true } }, 1);
  assert.equal(renamed.headers.get("etag"), '"2"');
  const room = await renamed.json();
  assert.equal(room.slug, "daily");
  assert.deepEqual([room.configuration.guests_may_open, room.configuration.has_passcode], [
    true,
    true,
  ]);
  await assertError(await patch({ display_name: "Late" }, 1), 412, "PRECONDITION_FAILED");
  assert.equal((await patch({})).headers.get("etag"), '"2"', "nothing changed");
  const open = await patch({ configuration: { passcode: null } }, 2);
  assert.equal((await open.json()).configuration.has_passcode, false);
  const statuses = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, index) => (await patch({ display_name: `Room ${index}` }, 3)).status,
    ),
  );
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  for (
    const body of [
      { slug: "Not A Slug" },
      { display_name: " " },
      { configuration: { max_participants: 0 } },
      { configuration: { settings: { default_grants: ["moderate"] } } },
    ]
  ) {
    await assertError(await patch(body), 400, "INVALID_REQUEST");
  }
});

Deno.test("the meetings of a deleted room go on without it", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { room_id } = await create(api, acme.member, "standup");
  const opened = await (await api.request("POST", `${ROOMS}/${room_id}/meeting`, {
    as: acme.member,
  })).json();
  const remove = () => api.request("DELETE", `${ROOMS}/${room_id}`, { as: acme.member });
  assert.equal((await remove()).status, 204);
  await assertError(await remove(), 404, "NOT_FOUND");
  await assertError(await api.request("GET", "/api/v1/room-links/acme/standup"), 404, "NOT_FOUND");
  const path = `/api/v1/meetings/${opened.meeting_code}`;
  const meeting = await (await api.request("GET", path, { as: acme.member })).json();
  assert.deepEqual([meeting.room_id, meeting.status], [null, "scheduled"]);
  assert.equal((await api.request("POST", `${path}/join`)).status, 200);
  assert.deepEqual(await auditedActionsOf(api.sql, acme.organisationId), [
    "room.created",
    "meeting.created",
    "room.deleted",
  ]);
});

Deno.test("rooms are listed page by page, each once while others are added", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const expected = new Set<string>();
  for (let index = 0; index < 7; index++) {
    expected.add((await create(api, acme.member, `room-${index}`)).room_id);
  }
  const seen: string[] = [];
  let cursor: string | null = "";
  for (let page = 0; cursor !== null && page < 20; page++) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const response = await api.request("GET", `${ROOMS}?limit=3${query}`, { as: acme.client });
    const { rooms, next_cursor } = await response.json();
    seen.push(...rooms.map((room: { room_id: string }) => room.room_id));
    await create(api, acme.member, `added-${page}`);
    cursor = next_cursor;
  }
  assert.equal(seen.length, expected.size);
  assert.deepEqual(new Set(seen), expected);
});
