import assert from "node:assert/strict";
import type { UserCaller } from "../auth/caller.ts";
import { scopesOfRole } from "../auth/scope.ts";
import { administersRoom, isSlug, parseRoomReference } from "./room.ts";

Deno.test("a slug is words of small letters and digits with single hyphens between", () => {
  for (const slug of ["a", "team-standup", "2026-q4", "x".repeat(63)]) {
    assert.ok(isSlug(slug), slug);
  }
  for (const text of ["", "-a", "a-", "a--b", "Team", "a_b", "é", "a\n", "x".repeat(64)]) {
    assert.ok(!isSlug(text), text);
  }
});

Deno.test("a room is named by its id in any case or by its slug", () => {
  const id = "AAAAAAAA-0000-4000-8000-000000000000";
  assert.deepEqual(parseRoomReference(id), { roomId: id.toLowerCase() });
  assert.deepEqual(parseRoomReference("standup"), { slug: "standup" });
  assert.equal(parseRoomReference("no such thing"), undefined);
});

Deno.test("a room is its owner's and its organisation's administrators'", () => {
  const room = { organisationId: "acme", ownerUserId: "ada" };
  const person = (
    userId: string,
    role: UserCaller["role"],
    organisationId = "acme",
  ): UserCaller => ({
    kind: "user",
    userId,
    sessionId: "session",
    organisationId,
    role,
    scopes: scopesOfRole(role),
  });
  assert.ok(administersRoom(person("ada", "member"), room));
  assert.ok(administersRoom(person("bob", "admin"), room));
  assert.ok(!administersRoom(person("bob", "member"), room));
  assert.ok(!administersRoom(person("ada", "owner", "other"), room));
});
