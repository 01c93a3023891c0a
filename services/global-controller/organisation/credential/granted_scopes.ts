import type { IdentifiedCaller } from "../../auth/caller.ts";
import { type MembershipRole, type Scope, scopesOfRole } from "../../auth/scope.ts";
import { ApiError } from "../../rest/api_error.ts";

/**
 * A program makes nobody an admin unless it may itself do all that an admin may: or a key that may
 * write the organisation alone would be as good as all scopes. What people may is their role's.
 *
 * @throws {ApiError} FORBIDDEN with the scopes that the caller lacks.
 */
export function assertMayAppoint(caller: IdentifiedCaller, role: MembershipRole): void {
  if (caller.kind !== "user" && role !== "member") assertMayGrant(caller, scopesOfRole(role));
}

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
