import assert from "node:assert/strict";
import { guestSecretOf, needsPasscode, refusalOf } from "./admission.ts";

const open = {
  refusal: undefined,
  requiresPasscode: false,
  isGuest: true,
  hasGuestLink: false,
};

Deno.test("only what a person can do something about is a refusal", () => {
  assert.deepEqual(refusalOf({ reason: "too-many-tries", message: "", retryAfterMs: 9_000 }), {
    reason: "too-many-tries",
    retryAfterMs: 9_000,
  });
  assert.equal(refusalOf({ reason: "removed", message: "" }), undefined);
  assert.equal(refusalOf({ reason: "banned", message: "" }), undefined);
  assert.equal(refusalOf(undefined), undefined);
});

Deno.test("a guest is asked for the passcode at once, unless a link stands for it", () => {
  assert.equal(needsPasscode(open), false);
  assert.equal(needsPasscode({ ...open, requiresPasscode: true }), true);
  assert.equal(needsPasscode({ ...open, requiresPasscode: true, hasGuestLink: true }), false);
});

Deno.test("somebody signed in may be a host, and is asked when it turns out that they are not", () => {
  const member = { ...open, requiresPasscode: true, isGuest: false };
  assert.equal(needsPasscode(member), false);
  assert.equal(needsPasscode({ ...member, refusal: { reason: "passcode-required" } }), true);
  assert.equal(needsPasscode({ ...member, refusal: { reason: "passcode-wrong" } }), true);
  assert.equal(needsPasscode({ ...member, refusal: { reason: "too-many-tries" } }), true);
  assert.equal(needsPasscode({ ...member, refusal: { reason: "meeting-locked" } }), false);
});

Deno.test("a guest link's secret is read out of the fragment", () => {
  const secret = "a".repeat(43);
  assert.equal(guestSecretOf(`#guest=${secret}`), secret);
  for (const fragment of ["", "#", "#guest=", "#guest=short", `#other=${secret}`, "#guest=%%"]) {
    assert.equal(guestSecretOf(fragment), undefined);
  }
});
