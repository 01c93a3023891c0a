import assert from "node:assert/strict";
import { assertError } from "./testing/assert_error.ts";
import { testDatabases } from "../../db/test_postgres.ts";
import { startTestApi } from "./testing/test_api.ts";

const databases = testDatabases();

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

Deno.test("what does not exist is told with the envelope", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const acme = await api.tenant("acme");
  for (const name of [UNKNOWN_ID, "abc-defg-hjk", "no-such-thing", "%00", "'; DROP TABLE--"]) {
    for (const path of ["", "/endpoints"]) {
      const response = await request("GET", `/api/v1/meetings/${encodeURIComponent(name)}${path}`);
      await assertError(response, 404, "MEETING_NOT_FOUND");
    }
  }
  await assertError(
    await request("POST", `/api/v1/meetings/${UNKNOWN_ID}/join`),
    404,
    "MEETING_NOT_FOUND",
  );
  await assertError(
    await request("DELETE", `/api/v1/meetings/${UNKNOWN_ID}`, { as: acme.client }),
    404,
    "MEETING_NOT_FOUND",
  );
  await assertError(await request("GET", "/api/v1/nothing"), 404, "NOT_FOUND");
});

Deno.test("a body that is no JSON, ambiguous JSON or the wrong JSON is refused", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const bodies = [
    "{",
    "no json",
    "[]",
    "null",
    '"text"',
    '{"display_name": 7}',
    '{"display_name": "a", "display_name": "b"}',
    '{"display_name": "a", "display\\u005fname": "b"}',
    '{"settings": {"require_auth": true, "require_auth": false}}',
    '{"max_participants": 0}',
    '{"max_participants": 1.5}',
    '{"max_participants": 1e400}',
    '{"settings": "yes"}',
    '{"display_name": "\\u0000"}',
    '{"display_name": "\\ud800"}',
    `{"display_name": "${"x".repeat(201)}"}`,
    "[".repeat(10_000) + "]".repeat(10_000),
    '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000),
    new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
  ];
  for (const rawBody of bodies) {
    const response = await request("POST", "/api/v1/meetings", { rawBody });
    await assertError(response, 400, "INVALID_REQUEST");
  }
  const headers = { "content-type": "text/plain" };
  const response = await request("POST", "/api/v1/meetings", { rawBody: "{}", headers });
  await assertError(response, 400, "INVALID_REQUEST");
});

Deno.test("unknown fields and __proto__ change nothing", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const rawBody = '{"__proto__": {"max_participants": 3}, "constructor": 1, "more": [1]}';
  const response = await request("POST", "/api/v1/meetings", { rawBody });
  assert.equal(response.status, 201);
  const { meeting_id } = await response.json();
  const meeting = await (await request("GET", `/api/v1/meetings/${meeting_id}`)).json();
  assert.equal(meeting.max_participants, 100);
});

Deno.test("a body over one mebibyte is refused, with or without a length", async () => {
  await using api = await startTestApi(databases);
  const { app, request } = api;
  const rawBody = `{"display_name": "${"x".repeat(1024 * 1024)}"}`;
  await assertError(await request("POST", "/api/v1/meetings", { rawBody }), 413, "INVALID_REQUEST");
  const chunks = Array.from({ length: 40 }, () => new Uint8Array(64 * 1024).fill(0x20));
  const streamed = new Request("http://localhost/api/v1/meetings", {
    method: "POST",
    body: ReadableStream.from(chunks),
  });
  await assertError(
    await app.fetch(streamed, { clientAddress: "192.0.2.1" }),
    413,
    "INVALID_REQUEST",
  );
});

Deno.test("a broken access token is refused, even where none is needed", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  for (const authorization of ["Bearer nonsense", "Bearer", "Basic YTpi", "Bearer a.b.c"]) {
    const response = await request("POST", "/api/v1/meetings", { headers: { authorization } });
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    await assertError(response, 401, "UNAUTHORIZED");
  }
});
