import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi } from "../testing/test_api.ts";

const databases = testDatabases();
const PATH = "/api/v1/organisation";
const PARALLEL = 20;
/** Input 35 of the reliability design. */
const HOSTILE = `Robert'); DROP TABLE organisations;-- <script>alert("x")</script> \\ %s \u202e 😀`;

Deno.test("everybody in an organisation sees it, with its quotas and what is used of them", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await api.sql`UPDATE organisations SET max_members = 12 WHERE slug = 'acme'`;
  for (const as of [acme.owner, acme.member, acme.client]) {
    const response = await api.request("GET", PATH, { as });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("etag"), '"1"');
    const { created_at, ...organisation } = await response.json();
    assert.ok(Date.parse(created_at));
    assert.deepEqual(organisation, {
      organisation_id: acme.organisationId,
      slug: "acme",
      name: "Organisation acme",
      quotas: {
        members: { limit: 12, used: 3 },
        open_meetings: { limit: 10_000, used: 0 },
        participants: { limit: 10_000 },
      },
    });
  }
});

Deno.test("its name and slug are changed by those who administer it, and the log tells who did", async () => {
  await using api = await startTestApi(databases);
  const { request, sql } = api;
  const acme = await api.tenant("acme");
  const body = { name: ` ${HOSTILE} `, slug: "acme-2" };
  await assertError(await request("PATCH", PATH, { body }), 401, "UNAUTHORIZED");
  await assertError(await request("PATCH", PATH, { as: acme.member, body }), 403, "FORBIDDEN");
  const response = await request("PATCH", PATH, { as: acme.admin, body });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("etag"), '"2"');
  const changed = await response.json();
  assert.equal(changed.name, HOSTILE);
  assert.equal(changed.slug, "acme-2");
  const [entry] = await sql`SELECT actor, target, details FROM audit_log
    WHERE organisation_id = ${acme.organisationId} AND action = 'organisation.updated'`;
  assert.deepEqual({ ...entry }, {
    actor: `user:${acme.admin.userId}`,
    target: `organisation:${acme.organisationId}`,
    details: { name: HOSTILE, slug: "acme-2" },
  });
});

Deno.test("a change is of the caller's own organisation alone, and never takes another's slug", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const taken = await request("PATCH", PATH, { as: acme.owner, body: { slug: "other" } });
  await assertError(taken, 409, "CONFLICT");
  await request("PATCH", PATH, { as: acme.owner, body: { name: "New" } });
  const untouched = await (await request("GET", PATH, { as: other.member })).json();
  assert.equal(untouched.name, "Organisation other");
});

Deno.test("of 20 changes of one version at once, one is made", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const { admin } = await api.tenant("acme");
  const headers = { "if-match": '"1"' };
  const answers = await Promise.all(
    Array.from(
      { length: PARALLEL },
      (_, index) => request("PATCH", PATH, { as: admin, headers, body: { name: `Name ${index}` } }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(PARALLEL - 1).fill(412)]);
});

Deno.test("a name or slug that is none is refused", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const bodies = [
    { name: "" },
    { name: "  " },
    { name: "x".repeat(201) },
    { name: "a\0b" },
    { name: "\ud800" },
    { name: 7 },
    { slug: "" },
    { slug: "Acme" },
    { slug: "a--b" },
    { slug: "a".repeat(64) },
    { slug: "a' OR '1'='1" },
  ];
  for (const body of bodies) {
    const response = await api.request("PATCH", PATH, { as: admin, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
});
