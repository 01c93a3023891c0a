import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi, type TestRequest } from "../testing/test_api.ts";

const databases = testDatabases();
const MEETINGS = "/api/v1/meetings";
const key = () => ({ "Idempotency-Key": crypto.randomUUID() });

async function countMeetings({ sql }: TestApi): Promise<number> {
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::integer AS count FROM meetings`;
  return row!.count;
}

/** Sends one request twice, one after the other. */
async function sendTwice(api: TestApi, path: string, request: TestRequest) {
  const first = await api.request("POST", path, request);
  const second = await api.request("POST", path, request);
  return { first, second, bodies: [await first.text(), await second.text()] as const };
}

Deno.test("fifty parallel requests with one key create one meeting, whose answer all may have", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const request = { as: acme.member, headers: key(), body: { display_name: "Once" } };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => api.request("POST", MEETINGS, request)),
  );
  assert.equal(await countMeetings(api), 1);
  const done = answers.filter(({ status }) => status === 201);
  assert.equal(done.filter(({ headers }) => !headers.has("idempotency-replayed")).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    assert.equal(answer.headers.get("retry-after"), "1");
    await assertError(answer, 409, "IDEMPOTENCY_IN_PROGRESS");
  }
  const bodies = new Set(await Promise.all(done.map((answer) => answer.text())));
  bodies.add(await (await api.request("POST", MEETINGS, request)).text());
  assert.equal(bodies.size, 1);
});

Deno.test("of refused guests nothing is kept", async () => {
  await using api = await startTestApi(databases);
  const path = `${MEETINGS}/abc-defg-hjk/join`;
  const { first, second } = await sendTwice(api, path, { headers: key(), body: {} });
  assert.deepEqual([first.status, second.status], [404, 404]);
  assert.equal(second.headers.get("idempotency-replayed"), null);
  assert.equal((await api.sql`SELECT FROM idempotency_keys`).length, 0);
});

Deno.test("a later request gets the first one's status, body and type, marked as replayed", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const request = { as: client, headers: key(), body: {} };
  const { first, second, bodies } = await sendTwice(api, MEETINGS, request);
  assert.equal(first.headers.get("idempotency-replayed"), null);
  assert.equal(second.headers.get("idempotency-replayed"), "true");
  assert.equal(second.status, 201);
  assert.equal(second.headers.get("content-type"), first.headers.get("content-type"));
  assert.notEqual(second.headers.get("x-request-id"), first.headers.get("x-request-id"));
  assert.equal(bodies[0], bodies[1]);
});

Deno.test("the same key with another body or path is refused", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const headers = key();
  const request = { as: client, headers };
  const created = await api.request("POST", MEETINGS, { ...request, body: { display_name: "a" } });
  const { meeting_id } = await created.json();
  const other = await api.request("POST", MEETINGS, { ...request, body: { display_name: "b" } });
  await assertError(other, 422, "IDEMPOTENCY_KEY_REUSED");
  const elsewhere = `${MEETINGS}/${meeting_id}/join`;
  const path = await api.request("POST", elsewhere, { ...request, body: { display_name: "a" } });
  await assertError(path, 422, "IDEMPOTENCY_KEY_REUSED");
});

Deno.test("the same key of another caller, or without a key, is another request", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const headers = key();
  const callers = [acme.client, acme.member, acme.owner, other.client, undefined];
  for (const as of callers) {
    const answer = await api.request("POST", MEETINGS, { as, headers, body: {} });
    assert.equal(answer.status, 201);
    await answer.body?.cancel();
  }
  for (const address of ["192.0.2.1", "192.0.2.2"]) {
    const answer = await api.request("POST", MEETINGS, { headers, address, body: {} });
    assert.equal(answer.headers.has("idempotency-replayed"), address === "192.0.2.1");
    await answer.body?.cancel();
  }
  for (let index = 0; index < 2; index++) {
    await (await api.request("POST", MEETINGS, { as: acme.client, body: {} })).body?.cancel();
  }
  assert.equal(await countMeetings(api), callers.length + 3);
});

Deno.test("after an answer of 503 or 400 the request may be tried again under its key", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const request = { as: client, headers: key(), body: {} };
  api.controllers.refusals.set(api.controller.rpcEndpoint, "away");
  const refused = await api.request("POST", MEETINGS, request);
  assert.equal(refused.status, 503, await refused.text());
  api.controllers.refusals.clear();
  const malformed = await api.request("POST", MEETINGS, { ...request, body: { display_name: 1 } });
  await assertError(malformed, 400, "INVALID_REQUEST");
  await api.registry.registerController(api.controller);
  const created = await api.request("POST", MEETINGS, request);
  assert.equal(created.status, 201, await created.text());
});

Deno.test("a key is free again after 24 hours, and when its holder died", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const request = { as: client, headers: key(), body: {} };
  await (await api.request("POST", MEETINGS, request)).body?.cancel();
  await api.sql`UPDATE idempotency_keys SET expires_at = now()`;
  const expired = await api.request("POST", MEETINGS, { ...request, body: { display_name: "b" } });
  assert.equal(expired.status, 201);
  await expired.body?.cancel();
  await api.sql`UPDATE idempotency_keys SET answer = NULL`;
  const again = { ...request, body: { display_name: "b" } };
  await assertError(
    await api.request("POST", MEETINGS, again),
    409,
    "IDEMPOTENCY_IN_PROGRESS",
  );
  await api.sql`UPDATE idempotency_keys SET held_until = now()`;
  await assertError(await api.request("POST", MEETINGS, request), 422, "IDEMPOTENCY_KEY_REUSED");
  const taken = await api.request("POST", MEETINGS, again);
  assert.equal(taken.status, 201);
  assert.equal(taken.headers.has("idempotency-replayed"), false);
  await taken.body?.cancel();
});

Deno.test("a holder that took too long does not overwrite what another kept", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const request = { as: client, headers: key(), body: {} };
  const endpoint = api.controller.rpcEndpoint;
  const assign = api.controllers.assignMeeting.bind(api.controllers);
  const late = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  api.controllers.assignMeeting = async (...args) => {
    reached.resolve();
    await late.promise;
    return await assign(...args);
  };
  const slow = api.request("POST", MEETINGS, request);
  await reached.promise;
  api.controllers.assignMeeting = assign;
  await api.sql`UPDATE idempotency_keys SET held_until = now()`;
  const quick = await (await api.request("POST", MEETINGS, request)).text();
  late.resolve();
  await (await slow).body?.cancel();
  assert.equal(await (await api.request("POST", MEETINGS, request)).text(), quick);
  assert.ok(api.controllers.assigned.some((assigned) => assigned.startsWith(endpoint)));
});

Deno.test("the table alone reveals neither key, caller, request nor answer", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const headers = key();
  const body = { display_name: "A name that nobody may read" };
  const answer = await api.request("POST", MEETINGS, { as: client, headers, body });
  const { join_token } = await answer.json();
  const [row] = await api.sql<{ text: string; answer: Uint8Array }[]>`
    SELECT k::text AS text, answer FROM idempotency_keys k`;
  const bytes = new TextDecoder().decode(row!.answer);
  for (
    const secret of [headers["Idempotency-Key"], client.clientId, body.display_name, join_token]
  ) {
    assert.ok(!row!.text.includes(secret) && !bytes.includes(secret), secret);
    const hex = [...new TextEncoder().encode(secret)].map((byte) => byte.toString(16)).join("");
    assert.ok(!row!.text.includes(hex), secret);
  }
});

Deno.test("an answer that sets cookies is for one browser and never kept", async () => {
  await using api = await startTestApi(databases);
  const headers = key();
  for (let index = 0; index < 2; index++) {
    const answer = await api.request("POST", "/api/v1/auth/sign-out", { headers });
    assert.equal(answer.status, 204);
    assert.ok(answer.headers.has("set-cookie"));
    assert.equal(answer.headers.has("idempotency-replayed"), false);
  }
});

Deno.test("a guest's key with other cookies is another request", async () => {
  await using api = await startTestApi(databases);
  const headers = key();
  const created = await api.request("POST", MEETINGS, { headers, body: {} });
  assert.equal(created.status, 201);
  await created.body?.cancel();
  const other = { ...headers, cookie: "__Host-dt_refresh=another" };
  const answer = await api.request("POST", MEETINGS, { headers: other, body: {} });
  await assertError(answer, 422, "IDEMPOTENCY_KEY_REUSED");
  const wrote = { ...headers, cookie: "__Host-dt_wrote=1" };
  const again = await api.request("POST", MEETINGS, { headers: wrote, body: {} });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  await again.body?.cancel();
});

Deno.test("a malformed key is refused", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  for (const field of ["", "a b", "a".repeat(256)]) {
    const headers = { "Idempotency-Key": field };
    const answer = await api.request("POST", MEETINGS, { as: client, headers, body: {} });
    await assertError(answer, 400, "INVALID_REQUEST");
  }
  const answer = await api.request("POST", MEETINGS, {
    headers: { "Idempotency-Key": "1" },
    body: {},
  });
  await assertError(answer, 400, "INVALID_REQUEST");
});
