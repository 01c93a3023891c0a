import assert from "node:assert/strict";
import { MEMBERSHIP_ROLES, type MembershipRole } from "../../auth/scope.ts";
import { ApiError } from "../../rest/api_error.ts";
import { assertMembershipChange, type MembershipChange } from "./membership_rules.ts";

function outcome(change: MembershipChange): string {
  try {
    assertMembershipChange(change);
    return "allowed";
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error.code;
  }
}

const NEXT: readonly (MembershipRole | undefined)[] = [...MEMBERSHIP_ROLES, undefined];

Deno.test("only an owner touches an owner or makes one", () => {
  for (const previousRole of MEMBERSHIP_ROLES) {
    for (const nextRole of NEXT) {
      const change = { own: false, previousRole, nextRole, otherOwners: 1 };
      const touchesOwner = previousRole === "owner" || nextRole === "owner";
      assert.equal(outcome({ ...change, actorRole: "owner" }), "allowed");
      assert.equal(
        outcome({ ...change, actorRole: "admin" }),
        touchesOwner ? "FORBIDDEN" : "allowed",
      );
      assert.equal(outcome({ ...change, actorRole: "member" }), "FORBIDDEN");
    }
  }
});

Deno.test("anybody may leave, and nobody raises the own role", () => {
  for (const role of MEMBERSHIP_ROLES) {
    const change = { actorRole: role, own: true, previousRole: role, otherOwners: 1 };
    assert.equal(outcome({ ...change, nextRole: undefined }), "allowed");
    if (role !== "owner") assert.equal(outcome({ ...change, nextRole: "owner" }), "FORBIDDEN");
  }
});

Deno.test("the last owner neither leaves nor becomes anything else", () => {
  for (const own of [true, false]) {
    for (const nextRole of ["admin", "member", undefined] as const) {
      const change = { actorRole: "owner", own, previousRole: "owner", nextRole } as const;
      assert.equal(outcome({ ...change, otherOwners: 0 }), "CONFLICT");
      assert.equal(outcome({ ...change, otherOwners: 1 }), "allowed");
    }
  }
});
