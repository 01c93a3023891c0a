import type { IdentifiedCaller } from "../auth/caller.ts";
import type { Scope } from "../auth/scope.ts";
import { ApiError } from "../rest/api_error.ts";

/**
 * Nobody gives out more than they have, neither by new credentials nor by a new secret for old ones.
 *
 * @throws {ApiError} FORBIDDEN with the scopes that the caller lacks.
 */
export function assertMayGrant(caller: IdentifiedCaller, scopes: Iterable<Scope>): void {
  const missing = [...scopes].filter((scope) => !caller.scopes.has(scope));
  if (missing.length === 0) return;
  throw new ApiError(403, "FORBIDDEN", "nobody grants scopes that they do not have", {
    details: { missing_scopes: missing },
  });
}
