import assert from "node:assert/strict";
import { assertMayLink, type PasswordLinkWish } from "./password_link_rules.ts";

const allowed: PasswordLinkWish = {
  actorRole: "admin",
  role: "admin",
  own: false,
  elsewhere: false,
  hasPassword: true,
};

function code(wish: Partial<PasswordLinkWish>): unknown {
  try {
    assertMayLink({ ...allowed, ...wish });
    return undefined;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}

Deno.test("admins make links for members and admins, and only owners for owners", () => {
  assert.equal(code({}), undefined);
  assert.equal(code({ role: "member" }), undefined);
  assert.equal(code({ role: "owner" }), "FORBIDDEN");
  assert.equal(code({ role: "owner", actorRole: "owner" }), undefined);
  assert.equal(code({ role: "member", actorRole: "member" }), "FORBIDDEN");
});

Deno.test("nobody makes a link for themselves, for strangers or for people without a password", () => {
  assert.equal(code({ own: true, actorRole: "owner" }), "FORBIDDEN");
  assert.equal(code({ elsewhere: true, actorRole: "owner" }), "CONFLICT");
  assert.equal(code({ hasPassword: false, actorRole: "owner" }), "CONFLICT");
});
