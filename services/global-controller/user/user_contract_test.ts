import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi } from "../testing/test_api.ts";

const databases = testDatabases();
const PATH = "/api/v1/me";
const HOSTILE = `Robert'); DROP TABLE users;-- <script>alert("x")</script> \\ %s \u202e 😀`;

Deno.test("people see and change their own profile, and nobody else's", async () => {
  await using api = await startTestApi(databases);
  const { member, admin } = await api.tenant("acme");
  const before = await api.request("GET", PATH, { as: member });
  assert.equal(before.headers.get("etag"), '"1"');
  const { user_id, email } = await before.json();
  assert.deepEqual({ user_id, email }, { user_id: member.userId, email: "member@acme.example" });
  const changed = await api.request("PATCH", PATH, {
    as: member,
    body: {
      display_name: ` ${HOSTILE} `,
      locale: "pt-br",
      time_zone: "europe/berlin",
      email: "other@mail.example",
    },
  });
  assert.equal(changed.headers.get("etag"), '"2"');
  const { created_at, ...profile } = await changed.json();
  assert.ok(Date.parse(created_at));
  assert.deepEqual(profile, {
    user_id: member.userId,
    email: "member@acme.example",
    display_name: HOSTILE,
    locale: "pt-BR",
    time_zone: "Europe/Berlin",
  });
  const other = await (await api.request("GET", PATH, { as: admin })).json();
  assert.equal(other.display_name, "admin");
});

Deno.test("a change of what was read before another change is refused", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  const change = (version: string, display_name: string) =>
    api.request("PATCH", PATH, {
      as: member,
      headers: { "if-match": version },
      body: { display_name },
    });
  assert.equal((await change('"1"', "Ada")).status, 200);
  await assertError(await change('"1"', "Eve"), 412, "PRECONDITION_FAILED");
  await assertError(await change("1", "Eve"), 400, "INVALID_REQUEST");
  const profile = await (await api.request("GET", PATH, { as: member })).json();
  assert.equal(profile.display_name, "Ada");
});

Deno.test("an empty text leaves language and time zone to the browser again", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  await api.request("PATCH", PATH, { as: member, body: { locale: "de", time_zone: "UTC" } });
  const body = { locale: "", time_zone: "" };
  const profile = await (await api.request("PATCH", PATH, { as: member, body })).json();
  assert.deepEqual([profile.locale, profile.time_zone], ["", ""]);
});

Deno.test("a profile that is none is refused", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  const bodies = [
    { display_name: "x".repeat(201) },
    { display_name: "a\0" },
    { display_name: null },
    { locale: "en_US" },
    { locale: "<b>" },
    { locale: `en-x-${"a".repeat(8)}-${"b".repeat(8)}-${"c".repeat(8)}-${"d".repeat(8)}` },
    { time_zone: "Mars/Olympus" },
    { time_zone: "+02:00" },
    { time_zone: "'; DROP TABLE users--" },
  ];
  for (const body of bodies) {
    const response = await api.request("PATCH", PATH, { as: member, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
});

Deno.test("guests and programs have no profile", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  for (const path of [PATH, `${PATH}/memberships`]) {
    await assertError(await api.request("GET", path), 401, "UNAUTHORIZED");
    await assertError(await api.request("GET", path, { as: client }), 403, "FORBIDDEN");
  }
  await assertError(await api.request("PATCH", PATH, { body: {} }), 401, "UNAUTHORIZED");
});

Deno.test("people list the organisations that they are in, page by page", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  const second = await api.tenant("second");
  await api.tenant("other");
  await api.sql`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${second.organisationId}, ${member.userId}, 'admin')`;
  const read = async (query: string) =>
    await (await api.request("GET", `${PATH}/memberships${query}`, { as: member })).json();
  const first = await read("?limit=1");
  const last = await read(`?limit=1&cursor=${first.next_cursor}`);
  assert.equal(last.next_cursor, null);
  const { joined_at, ...newest } = first.memberships[0];
  assert.ok(Date.parse(joined_at));
  assert.deepEqual(newest, {
    organisation_id: second.organisationId,
    slug: "second",
    name: "Organisation second",
    role: "admin",
  });
  assert.equal(last.memberships[0].slug, "acme");
  assert.equal(last.memberships.length, 1);
});
