/** What an access token may be good for (RFC 6749, 3.3). */
export const SCOPES = [
  "meetings:read",
  "meetings:write",
  "recordings:read",
  "recordings:write",
  /** The organisation itself, its members and invitations. */
  "organisation:read",
  "organisation:write",
  /** API clients and API keys. */
  "credentials:read",
  "credentials:write",
  "webhooks:read",
  "webhooks:write",
  "audit:read",
] as const;

export type Scope = typeof SCOPES[number];

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

/** Whether `text` is a scope. */
export function isScope(text: string): text is Scope {
  return KNOWN.has(text);
}

/** What a person may be in an organisation. */
export const MEMBERSHIP_ROLES = ["owner", "admin", "member"] as const;
export type MembershipRole = typeof MEMBERSHIP_ROLES[number];

const MEMBER_SCOPES: readonly Scope[] = [
  "meetings:read",
  "meetings:write",
  "recordings:read",
  "organisation:read",
];

/** What a person in this role may do; a member only with what is the member's own. */
export function scopesOfRole(role: MembershipRole): ReadonlySet<Scope> {
  return new Set(role === "member" ? MEMBER_SCOPES : SCOPES);
}
