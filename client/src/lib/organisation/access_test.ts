import assert from "node:assert/strict";
import { mayChangeMember, roleHasScope, rolesToGive, SCOPES } from "./access.ts";

Deno.test("owners and administrators have every scope", () => {
  for (const role of ["owner", "admin"] as const) {
    assert.deepEqual(SCOPES.filter((scope) => !roleHasScope(role, scope)), []);
  }
});

Deno.test("members see meetings, recordings and the organisation, and change meetings only", () => {
  assert.deepEqual(SCOPES.filter((scope) => roleHasScope("member", scope)), [
    "meetings:read",
    "meetings:write",
    "recordings:read",
    "organisation:read",
  ]);
});

Deno.test("only owners make and unmake owners", () => {
  assert.deepEqual(rolesToGive("owner"), ["member", "admin", "owner"]);
  assert.deepEqual(rolesToGive("admin"), ["member", "admin"]);
  assert.deepEqual(rolesToGive("member"), []);
  assert.equal(mayChangeMember("owner", "owner"), true);
  assert.equal(mayChangeMember("admin", "owner"), false);
  assert.equal(mayChangeMember("admin", "admin"), true);
  assert.equal(mayChangeMember("member", "member"), false);
});
