import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify } from "jose";
import { assertError } from "./testing/assert_error.ts";
import { testDatabases } from "../../db/test_postgres.ts";
import { startTestApi } from "./testing/test_api.ts";

const databases = testDatabases();

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

Deno.test("a guest creates a meeting and gets the host's token", async () => {
  await using api = await startTestApi(databases);
  const { request, keys, controller } = api;
  const response = await request("POST", "/api/v1/meetings", {
    body: { display_name: "Team <b>'standup'</b>", max_participants: 7 },
  });
  assert.equal(response.status, 201);
  const created = await response.json();
  assert.match(created.meeting_code, /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  assert.equal(created.meeting_url, `https://tower.example/m/${created.meeting_code}`);
  assert.equal(created.meeting_controller_url, controller.endpoint);
  assert.ok(Date.parse(created.created_at));
  const { payload, protectedHeader } = await jwtVerify(
    created.join_token,
    createLocalJWKSet(JSON.parse(await keys.jwks(["join"]))),
    { typ: "dt-join+jwt", issuer: "dark-tower", audience: controller.controllerId },
  );
  assert.equal(protectedHeader.alg, "EdDSA");
  assert.equal(payload.sub, created.participant_id);
  assert.equal(payload.meeting_id, created.meeting_id);
  assert.equal(payload.role, "host");
  assert.equal(payload.exp! - payload.iat!, 300);
  const shown = await (await request("GET", `/api/v1/meetings/${created.meeting_id}`)).json();
  assert.equal(shown.display_name, "Team <b>'standup'</b>");
  assert.equal(shown.max_participants, 7);
  assert.equal(shown.status, "scheduled");
  assert.equal(shown.meeting_controller_region, "local");
  assert.deepEqual(shown.settings, {
    enable_e2e_encryption: true,
    require_auth: false,
    recording_enabled: false,
  });
});

Deno.test("a meeting is found by its id and by its code in any case", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const created = await (await request("POST", "/api/v1/meetings")).json();
  for (const name of [created.meeting_id, created.meeting_code.toUpperCase()]) {
    const found = await (await request("GET", `/api/v1/meetings/${name}`)).json();
    assert.equal(found.meeting_id, created.meeting_id);
  }
});

Deno.test("joining gives each participant an own token and both endpoints, without an RPC", async () => {
  await using api = await startTestApi(databases);
  const { request, controllers, controller, mediaHandler } = api;
  const created = await (await request("POST", "/api/v1/meetings")).json();
  const path = `/api/v1/meetings/${created.meeting_code}`;
  const joins = await Promise.all([1, 2].map(async () => {
    const response = await request("POST", `${path}/join`, { body: { participant_name: "Ada" } });
    assert.equal(response.status, 200);
    return await response.json();
  }));
  assert.notEqual(joins[0].participant_id, joins[1].participant_id);
  assert.notEqual(joins[0].join_token, joins[1].join_token);
  const { join_token: _, participant_id: __, token_id: ___, expires_at, ...rest } = joins[0];
  assert.ok(Date.parse(expires_at) > Date.now());
  assert.deepEqual(rest, {
    meeting_id: created.meeting_id,
    meeting_code: created.meeting_code,
    display_name: "",
    meeting_controller_url: controller.endpoint,
    media_handler_url: mediaHandler.endpoint,
    certificate_hashes: [...controller.certificateHashes, ...mediaHandler.certificateHashes],
    must_knock: false,
    e2e_encryption: true,
    max_participants: 100,
    role: "participant",
    grants: ["camera", "microphone", "screen", "chat"],
  });
  const endpoints = await (await request("GET", `${path}/endpoints`)).json();
  assert.deepEqual(endpoints, {
    meeting_id: created.meeting_id,
    meeting_controller_url: controller.endpoint,
    media_handler_url: mediaHandler.endpoint,
    certificate_hashes: rest.certificate_hashes,
  });
  assert.equal(controllers.assigned.length, 1);
});

Deno.test("only its owner lists and ends a meeting, and nobody joins it afterwards", async () => {
  await using api = await startTestApi(databases);
  const { request, controllers } = api;
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const options = { as: acme.client, body: { display_name: "owned" } };
  const created = await (await request("POST", "/api/v1/meetings", options)).json();
  await request("POST", "/api/v1/meetings");
  const list = async (query: string) =>
    await (await request("GET", `/api/v1/meetings${query}`, { as: acme.client })).json();
  assert.equal((await list("?user_id=acme-client&active=true")).total, 1);
  assert.equal((await list("")).meetings[0].meeting_id, created.meeting_id);
  const path = `/api/v1/meetings/${created.meeting_id}`;
  await assertError(await request("GET", "/api/v1/meetings"), 401, "UNAUTHORIZED");
  assert.equal((await list("?user_id=other-client")).total, 0);
  await assertError(
    await request("GET", `/api/v1/meetings?user_id=${acme.owner.userId}`, { as: acme.member }),
    403,
    "FORBIDDEN",
  );
  await assertError(await request("DELETE", path), 401, "UNAUTHORIZED");
  await assertError(await request("DELETE", path, { as: other.client }), 404, "MEETING_NOT_FOUND");
  for (let time = 0; time < 2; time++) {
    assert.equal((await request("DELETE", path, { as: acme.client })).status, 204);
  }
  assert.equal(controllers.ended.length, 2);
  assert.equal((await list("?active=true")).total, 0);
  assert.equal((await list("?active=false")).total, 1);
  assert.equal((await (await request("GET", path)).json()).status, "ended");
  await assertError(await request("POST", `${path}/join`), 410, "MEETING_ENDED");
  await assertError(await request("GET", `${path}/endpoints`), 410, "MEETING_ENDED");
});

Deno.test("ending says when the meeting controller could not be told", async () => {
  await using api = await startTestApi(databases);
  const { request, controllers, controller } = api;
  const acme = await api.tenant("acme");
  const created = await (await request("POST", "/api/v1/meetings", { as: acme.client })).json();
  controllers.refusals.set(controller.rpcEndpoint, "away");
  const path = `/api/v1/meetings/${created.meeting_id}`;
  const response = await request("DELETE", path, { as: acme.client });
  assert.equal(response.headers.get("retry-after"), "2");
  await assertError(response, 503, "SERVICE_UNAVAILABLE");
  controllers.refusals.clear();
  assert.equal((await request("DELETE", path, { as: acme.client })).status, 204);
});

Deno.test("guests create no meetings where that is switched off", async () => {
  await using api = await startTestApi(databases, { guestMeetings: false });
  const { request } = api;
  const acme = await api.tenant("acme");
  await assertError(await request("POST", "/api/v1/meetings"), 401, "UNAUTHORIZED");
  const response = await request("POST", "/api/v1/meetings", { as: acme.client });
  assert.equal(response.status, 201);
});

Deno.test("a meeting that needs authentication is joined with an access token only", async () => {
  await using api = await startTestApi(databases);
  const { request, keys, controller } = api;
  const acme = await api.tenant("acme");
  const created = await (await request("POST", "/api/v1/meetings", {
    as: acme.client,
    body: { settings: { require_auth: true } },
  })).json();
  const path = `/api/v1/meetings/${created.meeting_id}/join`;
  await assertError(await request("POST", path), 401, "UNAUTHORIZED");
  const other = await api.tenant("other");
  for (const [as, role] of [[acme.client, "host"], [other.client, "participant"]] as const) {
    const { join_token } = await (await request("POST", path, { as })).json();
    const { payload } = await jwtVerify(
      join_token,
      createLocalJWKSet(JSON.parse(await keys.jwks(["join"]))),
      { audience: controller.controllerId },
    );
    assert.equal(payload.role, role);
  }
});

Deno.test("client credentials give an access token that opens the API", async () => {
  await using api = await startTestApi(databases);
  const { request, clients, hasher } = api;
  await clients.saveBootstrapClient("acme", await hasher.hash("a secret of acme"));
  const ask = (body: Record<string, unknown>) => request("POST", "/api/v1/auth/token", { body });
  const credentials = { grant_type: "client_credentials", client_id: "acme" };
  const response = await ask({ ...credentials, client_secret: "a secret of acme" });
  assert.equal(response.status, 200);
  const { access_token, token_type, expires_in } = await response.json();
  assert.deepEqual({ token_type, expires_in }, { token_type: "Bearer", expires_in: 3600 });
  const authorization = `Bearer ${access_token}`;
  const list = await request("GET", "/api/v1/meetings", { headers: { authorization } });
  assert.equal(list.status, 200);
  await assertError(await ask({ ...credentials, client_secret: "wrong" }), 401, "UNAUTHORIZED");
  await assertError(
    await ask({ ...credentials, client_id: "nobody", client_secret: "wrong" }),
    401,
    "UNAUTHORIZED",
  );
  await assertError(
    await ask({ ...credentials, grant_type: "password", client_secret: "x" }),
    400,
    "INVALID_REQUEST",
  );
});

Deno.test("without a healthy meeting controller nothing is created, and it says when to retry", async () => {
  await using api = await startTestApi(databases);
  const { request, controllers, controller } = api;
  controllers.refusals.set(controller.rpcEndpoint, "away");
  const response = await request("POST", "/api/v1/meetings");
  assert.equal(response.headers.get("retry-after"), "2");
  await assertError(response, 503, "SERVICE_UNAVAILABLE");
});

Deno.test("the request over the limit is refused, for its caller only", async () => {
  let nowMs = 0;
  await using api = await startTestApi(databases, { rateLimit: 5, now: () => nowMs });
  const { request } = api;
  const acme = await api.tenant("acme");
  const list = (options = {}) => request("GET", `/api/v1/meetings/${UNKNOWN_ID}`, options);
  for (let remaining = 4; remaining >= 0; remaining--) {
    const response = await list();
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("x-ratelimit-limit"), "5");
    assert.equal(response.headers.get("x-ratelimit-remaining"), String(remaining));
    nowMs += 1_000;
  }
  const refused = await list({ headers: { "x-forwarded-for": "203.0.113.9" } });
  assert.equal(refused.headers.get("retry-after"), "55");
  assert.ok(Number(refused.headers.get("x-ratelimit-reset")) > Date.now() / 1_000);
  await assertError(refused, 429, "RATE_LIMITED");
  assert.equal((await list({ address: "192.0.2.2" })).status, 404);
  assert.equal((await list({ as: acme.client })).status, 404);
  assert.equal((await request("GET", "/api/v1/health")).status, 200);
  nowMs = 60_000;
  assert.equal((await list()).status, 404);
});
