import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { testDatabases } from "../../../db/test_postgres.ts";
import { mergeParticipantEvents } from "../events/participant_change.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import type { TestTenant } from "../testing/test_tenant.ts";
import { GRANTS } from "./grant.ts";

const databases = testDatabases();

type Given = TestApi & { acme: TestTenant; code: string; meetingId: string; path: string };

/** The API with a meeting of acme's client. */
async function open(): Promise<Given> {
  const api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const created = await api.request("POST", "/api/v1/meetings", { as: acme.client, body: {} });
  const { meeting_code: code, meeting_id: meetingId } = await created.json();
  return Object.assign(api, { acme, code, meetingId, path: `/api/v1/meetings/${code}` });
}

async function issue(api: Given, body: Record<string, unknown> = {}) {
  const response = await api.request("POST", `${api.path}/tokens`, { as: api.acme.client, body });
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return JSON.parse(text);
}

/** The meeting controller reports that the participant is in the meeting. */
async function report(
  { meetings, controller, meetingId }: Given,
  participantId: string,
  kind: "joined" | "left" = "joined",
): Promise<void> {
  const event = {
    kind,
    meetingId,
    participantId,
    occurredAt: new Date(),
    epoch: 1n,
    name: "Ada",
    role: "participant" as const,
    userId: null,
    userReference: "crm-17",
  };
  await meetings.recordParticipants(controller.controllerId, mergeParticipantEvents([event]));
}

async function audited({ sql }: Given): Promise<string[]> {
  const rows = await sql<{ action: string }[]>`
    SELECT action FROM audit_log WHERE action LIKE 'participant%' OR action LIKE 'join_token%'`;
  return rows.map(({ action }) => action);
}

Deno.test("a backend says who comes, under which name, with what, and for how long", async () => {
  await using api = await open();
  const issued = await issue(api, {
    grants: ["chat", "camera", "chat"],
    participant_name: " Dr. Ada ",
    expires_in: 60,
    user_reference: "crm-17",
  });
  const claims = decodeJwt(issued.join_token);
  assert.equal(claims.exp! - claims.iat!, 60);
  assert.deepEqual(
    [claims.role, claims.grants, claims.name, claims.user_reference, claims.sub, claims.jti],
    [
      "participant",
      ["camera", "chat"],
      "Dr. Ada",
      "crm-17",
      issued.participant_id,
      issued.token_id,
    ],
  );
  assert.equal(claims.aud, api.controller.controllerId);
  assert.equal(issued.meeting_controller_url, api.controller.endpoint);
  assert.deepEqual((await issue(api, { role: "host" })).grants, [...GRANTS]);
  assert.deepEqual((await issue(api)).grants, ["camera", "microphone", "screen", "chat"]);
  const wrong = [
    { expires_in: 301 },
    { expires_in: 0 },
    { role: "king" },
    { grants: ["levitate"] },
    { participant_name: "  " },
    { participant_name: "a\u202eb" },
    { participant_name: "x".repeat(101) },
  ];
  for (const body of wrong) {
    const call = api.request("POST", `${api.path}/tokens`, { as: api.acme.client, body });
    await assertError(await call, 400, "INVALID_REQUEST");
  }
});

Deno.test("a backend gets people into a meeting with a passcode, and not into a locked one", async () => {
  await using api = await open();
  const as = api.acme.client;
  await api.request("PATCH", api.path, { as, body: { passcode: "open sesame" } });
  await issue(api);
  await api.request("PATCH", api.path, { as, body: { locked: true } });
  const refused = await api.request("POST", `${api.path}/tokens`, { as, body: {} });
  await assertError(refused, 403, "MEETING_LOCKED");
  await issue(api, { role: "host" });
  await api.request("DELETE", api.path, { as });
  const late = await api.request("POST", `${api.path}/tokens`, { as, body: { role: "host" } });
  await assertError(late, 410, "MEETING_ENDED");
});

Deno.test("tokens are listed page by page without their secrets", async () => {
  await using api = await open();
  for (let i = 0; i < 4; i++) await issue(api, { user_reference: `person ${i}` });
  const seen: string[] = [];
  let cursor = "";
  do {
    const query = `limit=2${cursor && `&cursor=${cursor}`}`;
    const response = await api.request("GET", `${api.path}/tokens?${query}`, {
      as: api.acme.client,
    });
    const text = await response.text();
    assert.ok(!text.includes("eyJ"), "no token");
    const page = JSON.parse(text);
    seen.push(
      ...page.tokens.map(({ user_reference }: { user_reference: string }) => user_reference),
    );
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, ["person 3", "person 2", "person 1", "person 0", null], "and the host's");
});

Deno.test("a token is revoked at its meeting controller, and with each later assignment", async () => {
  await using api = await open();
  const { token_id: tokenId } = await issue(api);
  const remove = () =>
    api.request("DELETE", `${api.path}/tokens/${tokenId}`, { as: api.acme.client });
  assert.equal((await remove()).status, 204);
  assert.equal((await remove()).status, 204);
  const call = `${api.controller.rpcEndpoint} ${api.meetingId} ${tokenId}`;
  assert.deepEqual(api.controllers.revoked, [call, call]);
  await api.request("PATCH", api.path, { as: api.acme.client, body: { display_name: "New" } });
  assert.deepEqual(api.controllers.revokedWithAssignment, [tokenId]);
  await api.sql`UPDATE join_tokens SET expires_at = now() - interval '6 seconds'`;
  await api.request("PATCH", api.path, { as: api.acme.client, body: { display_name: "Newer" } });
  assert.deepEqual(api.controllers.revokedWithAssignment, [], "it has expired by itself");
});

Deno.test("a revocation that no controller confirms answers 503 and holds nevertheless", async () => {
  await using api = await open();
  const { token_id: tokenId } = await issue(api);
  const remove = () =>
    api.request("DELETE", `${api.path}/tokens/${tokenId}`, { as: api.acme.client });
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  const unconfirmed = await remove();
  assert.ok(Number(unconfirmed.headers.get("retry-after")) > 0);
  await assertError(unconfirmed, 503, "SERVICE_UNAVAILABLE");
  assert.deepEqual(await audited(api), []);
  api.controllers.refusals.clear();
  assert.equal((await remove()).status, 204);
  assert.deepEqual(await audited(api), ["join_token.revoked"]);
});

Deno.test("a participant is ejected when the controller confirms it, and told of once", async () => {
  await using api = await open();
  const { participant_id: participantId, token_id: tokenId } = await issue(api);
  await report(api, participantId);
  const remove = () =>
    api.request("DELETE", `${api.path}/participants/${participantId}`, { as: api.acme.client });
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  await assertError(await remove(), 503, "SERVICE_UNAVAILABLE");
  api.controllers.refusals.clear();
  assert.equal((await remove()).status, 204);
  assert.equal(
    api.controllers.ejected.at(-1),
    `${api.controller.rpcEndpoint} ${api.meetingId} ${participantId}`,
  );
  const [token] = await api.sql`SELECT revoked_at FROM join_tokens WHERE token_id = ${tokenId}`;
  assert.ok(token!.revoked_at);
  await report(api, participantId, "left");
  assert.equal((await remove()).status, 204);
  assert.deepEqual(await audited(api), ["participant.ejected"]);
  const events = await api.sql`
    SELECT payload FROM webhook_events WHERE event_type = 'participant.ejected'`;
  assert.equal(events.length, 1);
  // Whoever has left needs no controller to be gone.
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  assert.equal((await remove()).status, 204);
});

Deno.test("who was never in the meeting, and tokens of other meetings, are not found", async () => {
  await using api = await open();
  const as = api.acme.client;
  const created = await api.request("POST", "/api/v1/meetings", { as, body: {} });
  const { meeting_code: another } = await created.json();
  const { participant_id: participantId, token_id: tokenId } = await issue(api);
  const paths = [
    `${api.path}/participants/${crypto.randomUUID()}`,
    `${api.path}/participants/nobody`,
    `${api.path}/tokens/${crypto.randomUUID()}`,
    `${api.path}/tokens/none`,
    `/api/v1/meetings/${another}/participants/${participantId}`,
    `/api/v1/meetings/${another}/tokens/${tokenId}`,
  ];
  for (const path of paths) {
    await assertError(await api.request("DELETE", path, { as }), 404, "NOT_FOUND");
  }
  assert.deepEqual([api.controllers.ejected, api.controllers.revoked], [[], []]);
});

Deno.test("sessions and participants are shown to those who administer the meeting", async () => {
  await using api = await open();
  const as = api.acme.client;
  const read = async (path: string) => {
    const response = await api.request("GET", `${api.path}/${path}`, { as });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  const [ada, bob] = [crypto.randomUUID(), crypto.randomUUID()];
  await report(api, ada);
  await report(api, bob);
  await report(api, ada, "left");
  const { sessions: [session] } = await read("sessions");
  assert.deepEqual([session.ended_at, session.peak_participants, session.participant_count], [
    null,
    2,
    2,
  ]);
  const whole = await read(`sessions/${session.session_id}`);
  assert.deepEqual(
    new Set(whole.attendance.map((one: { participant_id: string }) => one.participant_id)),
    new Set([ada, bob]),
  );
  const first = await read(`sessions/${session.session_id}?limit=1`);
  const second = await read(`sessions/${session.session_id}?limit=1&cursor=${first.next_cursor}`);
  assert.deepEqual([...first.attendance, ...second.attendance].length, 2);
  assert.equal(second.next_cursor, null);

  const { participants: present } = await read("participants?present=true");
  const [{ participant_id, name, role, user_reference, left_at, duration_s }] = present;
  assert.deepEqual([present.length, participant_id, name, role, user_reference, left_at], [
    1,
    bob,
    "Ada",
    "participant",
    "crm-17",
    null,
  ]);
  assert.ok(duration_s >= 0 && duration_s < 60);
  const { participants: gone } = await read("participants?present=false");
  assert.deepEqual([gone.length, gone[0].participant_id, gone[0].leave_reason], [
    1,
    ada,
    "connection_lost",
  ]);
  assert.equal((await read("participants")).participants.length, 2);
  for (const id of [crypto.randomUUID(), "none"]) {
    await assertError(
      await api.request("GET", `${api.path}/sessions/${id}`, { as }),
      404,
      "NOT_FOUND",
    );
  }
});
