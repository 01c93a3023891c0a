import type { Schemas } from "../../../api_client/api_client.ts";

/** What somebody may be in an organisation. */
export type Role = Schemas["Member"]["role"];
/** What an access token or an API key may be good for. */
export type Scope = Schemas["ApiKey"]["scopes"][number];

/** All scopes, in the order in which they are offered. */
export const SCOPES: readonly Scope[] = [
  "meetings:read",
  "meetings:write",
  "recordings:read",
  "recordings:write",
  "organisation:read",
  "organisation:write",
  "credentials:read",
  "credentials:write",
  "webhooks:read",
  "webhooks:write",
  "audit:read",
];

const MEMBER_SCOPES: ReadonlySet<Scope> = new Set([
  "meetings:read",
  "meetings:write",
  "recordings:read",
  "organisation:read",
]);

/**
 * Whether the pages offer a person in this role what needs `scope`. The API decides for itself; its
 * rule is the same (services/global-controller/auth/scope.ts).
 */
export function roleHasScope(role: Role, scope: Scope): boolean {
  return role !== "member" || MEMBER_SCOPES.has(scope);
}

/** The roles that a person in `role` may give to others: only owners make owners. */
export function rolesToGive(role: Role): readonly Role[] {
  if (role === "member") return [];
  return role === "owner" ? ["member", "admin", "owner"] : ["member", "admin"];
}

/** Whether a person in `role` may change or end the membership of somebody in `other`. */
export function mayChangeMember(role: Role, other: Role): boolean {
  return rolesToGive(role).includes(other);
}
