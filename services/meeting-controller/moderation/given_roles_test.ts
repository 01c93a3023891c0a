import assert from "node:assert/strict";
import { stagedIdentity } from "../testing/context_stage.ts";
import { GivenRoles } from "./given_roles.ts";

Deno.test("without a given role that of the token holds", () => {
  assert.equal(new GivenRoles([]).roleOf(stagedIdentity({ role: "co_host" })), "co_host");
});

Deno.test("a given role goes before that of the token, also when it is less", () => {
  const host = stagedIdentity({ role: "host" });
  const { participantId } = host;
  const roles = new GivenRoles([{ participantId, userId: "", role: "participant" }]);
  assert.equal(roles.roleOf(host), "participant");
  assert.equal(roles.roleOf(stagedIdentity()), "participant");
});

Deno.test("a person with an account keeps the role that was given last, as any participant", () => {
  const userId = crypto.randomUUID();
  const [first, second] = [stagedIdentity({ userId }), stagedIdentity({ userId })];
  const roles = new GivenRoles([]);
  roles.give({ participantId: first.participantId, userId, role: "co_host" });
  assert.equal(roles.roleOf(second), "co_host");
  roles.give({ participantId: second.participantId, userId, role: "participant" });
  assert.equal(roles.roleOf(first), "participant");
  assert.equal(roles.roleOf(stagedIdentity({ role: "host" })), "host");
});
