import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { TokenHolder } from "../auth/token/access_token.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";

const databases = testDatabases();
const RECORDINGS = "/api/v1/recordings";

/** Adds a meeting of the organisation; by default the member's own. */
async function addMeeting(
  { sql }: TestApi,
  tenant: TestTenant,
  given: { owner?: string | null; recorded?: boolean } = {},
): Promise<string> {
  const { owner = tenant.member.userId, recorded = true } = given;
  const letters = () => String.fromCharCode(97 + Math.floor(Math.random() * 26));
  const word = (length: number) => Array.from({ length }, letters).join("");
  const meetingId = crypto.randomUUID();
  await sql`
    INSERT INTO meetings
      (meeting_id, code, max_participants, recording_enabled, organisation_id, owner_user_id)
    VALUES (${meetingId}, ${`${word(3)}-${word(4)}-${word(3)}`}, 10, ${recorded},
      ${tenant.organisationId}, ${owner})`;
  return meetingId;
}

async function start(api: TestApi, tenant: TestTenant, meetingId: string, body: unknown = {}) {
  const path = `/api/v1/meetings/${meetingId}/recordings`;
  const response = await api.request("POST", path, { as: tenant.client, body });
  assert.equal(response.status, 201);
  return await response.json();
}

function patch(api: TestApi, as: TokenHolder, id: string, body: unknown, version?: number) {
  const headers: Record<string, string> = version === undefined
    ? {}
    : { "if-match": `"${version}"` };
  return api.request("PATCH", `${RECORDINGS}/${id}`, { as, body, headers });
}

async function listed(api: TestApi, as: TokenHolder, path = RECORDINGS): Promise<string[]> {
  const response = await api.request("GET", path, { as });
  assert.equal(response.status, 200, await response.clone().text());
  const { recordings } = await response.json();
  return recordings.map((item: { recording_id: string }) => item.recording_id);
}

async function actions(api: TestApi): Promise<string[]> {
  const rows = await api.sql<{ action: string }[]>`
    SELECT action FROM audit_log WHERE action LIKE 'recording.%' ORDER BY sequence`;
  return rows.map(({ action }) => action);
}

Deno.test("a recorder registers a recording and tells what became of it", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const meetingId = await addMeeting(api, acme);
  const recording = await start(api, acme, meetingId, {
    media_type: "video/webm",
    started_at: "2026-11-21T19:00:00+01:00",
  });
  assert.equal(recording.status, "recording");
  assert.equal(recording.started_at, "2026-11-21T18:00:00.000Z");
  const id = recording.recording_id;
  const processing = await patch(api, acme.client, id, { status: "processing" });
  assert.equal(processing.status, 200);
  assert.equal(processing.headers.get("etag"), '"2"');
  const answer = await patch(api, acme.client, id, {
    status: "available",
    location: "s3://recordings/weekly.webm",
    size_bytes: 5_000_000_000,
    duration_ms: 3_600_000,
  });
  const available = await answer.json();
  assert.equal(available.status, "available");
  assert.equal(available.size_bytes, 5_000_000_000);
  assert.equal(available.location, "s3://recordings/weekly.webm");
  const read = await api.request("GET", `${RECORDINGS}/${id}`, { as: acme.owner });
  assert.equal(read.headers.get("etag"), '"3"');
  assert.deepEqual(await read.json(), available);
  assert.deepEqual(await actions(api), [
    "recording.started",
    "recording.updated",
    "recording.updated",
  ]);
});

Deno.test("webhooks are told once that a recording is available", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { recording_id: id } = await start(api, acme, await addMeeting(api, acme));
  const body = { status: "available", location: "s3://x", duration_ms: 1 };
  for (let n = 0; n < 2; n++) {
    assert.equal((await patch(api, acme.client, id, body)).status, 200);
  }
  const events = await api.sql<{ event_type: string; payload: { recording_id: string } }[]>`
    SELECT event_type, payload FROM webhook_events WHERE event_type LIKE 'recording.%'`;
  assert.deepEqual(events.map(({ event_type }) => event_type), ["recording.available"]);
  assert.ok(JSON.stringify(events[0]!.payload).includes(id));
});

Deno.test("a step back is a conflict, and a change of what was not read is refused", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { recording_id: id } = await start(api, acme, await addMeeting(api, acme));
  assert.equal((await patch(api, acme.client, id, { status: "failed" }, 1)).status, 200);
  await assertError(
    await patch(api, acme.client, id, { size_bytes: 1 }, 1),
    412,
    "PRECONDITION_FAILED",
  );
  await assertError(await patch(api, acme.client, id, { status: "recording" }), 409, "CONFLICT");
  for (const body of [{ status: "deleted" }, { size_bytes: -1 }, { ended_at: "soon" }]) {
    await assertError(await patch(api, acme.client, id, body), 400, "INVALID_REQUEST");
  }
});

Deno.test("two programs that change one recording at once make one step after the other", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { recording_id: id } = await start(api, acme, await addMeeting(api, acme));
  const answers = await Promise.all(
    ["available", "failed", "failed", "available"].map((status) =>
      patch(api, acme.client, id, { status, location: "s3://x" })
    ),
  );
  const statuses = await Promise.all(answers.map(async (answer) => (await answer.json()).status));
  const reached = new Set(statuses.filter((status) => status !== undefined));
  assert.equal(reached.size, 1, "both ends were reached");
});

Deno.test("a deleted recording is gone for readers and listed for the storage's cleaner", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { recording_id: id } = await start(api, acme, await addMeeting(api, acme));
  for (let n = 0; n < 2; n++) {
    const response = await api.request("DELETE", `${RECORDINGS}/${id}`, { as: acme.admin });
    assert.equal(response.status, 204);
  }
  assert.deepEqual(await listed(api, acme.admin), []);
  assert.deepEqual(await listed(api, acme.client, `${RECORDINGS}?status=deleted`), [id]);
  await assertError(
    await api.request("GET", `${RECORDINGS}/${id}`, { as: acme.member }),
    404,
    "NOT_FOUND",
  );
  await assertError(
    await api.request("GET", `${RECORDINGS}?status=deleted`, { as: acme.member }),
    403,
    "FORBIDDEN",
  );
  assert.deepEqual(await actions(api), ["recording.started", "recording.deleted"]);
});

Deno.test("a member sees the recordings of the member's own meetings, without their location", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const [own, others] = [
    await addMeeting(api, acme),
    await addMeeting(api, acme, { owner: acme.admin.userId }),
  ];
  const { recording_id: mine } = await start(api, acme, own);
  const { recording_id: theirs } = await start(api, acme, others);
  await patch(api, acme.client, mine, { location: "s3://x" });
  assert.deepEqual(await listed(api, acme.member), [mine]);
  assert.deepEqual(await listed(api, acme.member, `/api/v1/meetings/${own}/recordings`), [mine]);
  assert.deepEqual(await listed(api, acme.admin), [theirs, mine]);
  const read = await api.request("GET", `${RECORDINGS}/${mine}`, { as: acme.member });
  assert.equal((await read.json()).location, null);
  for (const path of [`${RECORDINGS}/${theirs}`, `/api/v1/meetings/${others}/recordings`]) {
    await assertError(await api.request("GET", path, { as: acme.member }), 403, "FORBIDDEN");
  }
  await assertError(await patch(api, acme.member, mine, {}), 403, "FORBIDDEN");
});

Deno.test("another organisation's recordings do not exist", async () => {
  await using api = await startTestApi(databases);
  const [acme, other] = [await api.tenant("acme"), await api.tenant("other")];
  const meetingId = await addMeeting(api, acme);
  const { recording_id: id } = await start(api, acme, meetingId);
  assert.deepEqual(await listed(api, other.owner), []);
  for (const path of [`${RECORDINGS}/${id}`, `${RECORDINGS}/not-a-uuid`]) {
    await assertError(await api.request("GET", path, { as: other.owner }), 404, "NOT_FOUND");
    await assertError(
      await api.request("PATCH", path, { as: other.owner, body: {} }),
      404,
      "NOT_FOUND",
    );
    await assertError(await api.request("DELETE", path, { as: other.owner }), 404, "NOT_FOUND");
  }
  const ofMeeting = `/api/v1/meetings/${meetingId}/recordings`;
  for (const method of ["GET", "POST"]) {
    await assertError(
      await api.request(method, ofMeeting, { as: other.owner }),
      404,
      "MEETING_NOT_FOUND",
    );
    await assertError(await api.request(method, ofMeeting), 401, "UNAUTHORIZED");
  }
});

Deno.test("a meeting that was made without recording is not recorded", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const meetingId = await addMeeting(api, acme, { recorded: false });
  const path = `/api/v1/meetings/${meetingId}/recordings`;
  await assertError(await api.request("POST", path, { as: acme.client }), 409, "CONFLICT");
});

Deno.test("a recording belongs to a session of its meeting or to none", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const [meetingId, another] = [await addMeeting(api, acme), await addMeeting(api, acme)];
  const [session] = await api.sql<{ session_id: string }[]>`
    INSERT INTO meeting_sessions (meeting_id, started_at) VALUES (${meetingId}, now())
    RETURNING session_id`;
  const body = { session_id: session!.session_id };
  assert.equal((await start(api, acme, meetingId, body)).session_id, session!.session_id);
  const path = `/api/v1/meetings/${another}/recordings`;
  await assertError(
    await api.request("POST", path, { as: acme.client, body }),
    400,
    "INVALID_REQUEST",
  );
});

Deno.test("recordings are listed in pages, each once", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const meetingId = await addMeeting(api, acme);
  for (let n = 0; n < 5; n++) await start(api, acme, meetingId);
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path = `${RECORDINGS}?limit=2${cursor && `&cursor=${cursor}`}`;
    const page: { recordings: { recording_id: string }[]; next_cursor: string | null } =
      await (await api.request("GET", path, { as: acme.owner })).json();
    seen.push(...page.recordings.map(({ recording_id }) => recording_id));
    cursor = page.next_cursor;
  }
  assert.equal(new Set(seen).size, 5);
  assert.equal(seen.length, 5);
});
