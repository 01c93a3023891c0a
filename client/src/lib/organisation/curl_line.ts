import type { Scope } from "./access.ts";

/** What a key with this scope can read: the first that fits is what its example asks for. */
const READABLE: readonly (readonly [Scope, string])[] = [
  ["meetings:read", "/api/v1/meetings"],
  ["organisation:read", "/api/v1/organisation"],
  ["recordings:read", "/api/v1/recordings"],
  ["webhooks:read", "/api/v1/webhook-endpoints"],
  ["credentials:read", "/api/v1/organisation/api-keys"],
  ["audit:read", "/api/v1/audit-log"],
];

/** A line for a POSIX shell that calls the API with a key, asking for something it may read. */
export function curlWithKey(origin: string, key: string, scopes: readonly Scope[]): string {
  const path = READABLE.find(([scope]) => scopes.includes(scope))?.[1] ?? "/api/v1/health";
  return `curl -H ${quoted(`Authorization: Bearer ${key}`)} ${quoted(origin + path)}`;
}

/** A line for a POSIX shell that gets an access token for an API client (RFC 6749, 4.4). */
export function curlForToken(origin: string, clientId: string, clientSecret: string): string {
  const body = JSON.stringify({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
  });
  return `curl -H 'Content-Type: application/json' -d ${quoted(body)} ${
    quoted(`${origin}/api/v1/auth/token`)
  }`;
}

/** One word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
