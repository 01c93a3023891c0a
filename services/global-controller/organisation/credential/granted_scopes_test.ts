import assert from "node:assert/strict";
import type { KeyCaller } from "../../auth/caller.ts";
import { SCOPES } from "../../auth/scope.ts";
import { ApiError } from "../../rest/api_error.ts";
import { assertMayGrant } from "./granted_scopes.ts";

const caller: KeyCaller = {
  kind: "key",
  keyId: "key",
  organisationId: "organisation",
  scopes: new Set(["credentials:write", "meetings:read"]),
};

Deno.test("a caller grants what it has, or less", () => {
  assertMayGrant(caller, []);
  assertMayGrant(caller, ["meetings:read"]);
  assertMayGrant(caller, ["meetings:read", "credentials:write"]);
  assertMayGrant({ ...caller, scopes: new Set(SCOPES) }, SCOPES);
});

Deno.test("a caller grants nothing that it lacks, and is told what that is", () => {
  assert.throws(
    () => assertMayGrant(caller, ["meetings:read", "audit:read", "meetings:write"]),
    (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.code, "FORBIDDEN");
      assert.deepEqual(error.details, { missing_scopes: ["audit:read", "meetings:write"] });
      return true;
    },
  );
});
