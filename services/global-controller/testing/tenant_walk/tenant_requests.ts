import type { DescribedOperation } from "../../fuzz/fuzzed_request.ts";
import type { FilledTenant } from "./filled_tenant.ts";

/** One request to one operation, which names what is a tenant's. */
export interface TenantRequest {
  readonly operation: DescribedOperation;
  /** `METHOD /path/{as}/described`. */
  readonly name: string;
  readonly target: string;
  readonly body: unknown;
  /** The same of what nobody has; undefined: nothing is named in the path. */
  readonly targetOfNothing: string | undefined;
}

const UNKNOWN_TOKEN = "A".repeat(43);
const UNKNOWN_CODE = "zzz-zzzz-zzz";
const UNKNOWN_SLUG = "nobody-has-this";

/** What stands in a path for `{parameter}`; more than one where there is more than one name. */
function pathValues(tenant: FilledTenant, path: string, parameter: string): readonly string[] {
  switch (parameter) {
    case "meeting":
      return [tenant.meetingId, tenant.meetingCode, tenant.openMeetingId];
    case "room":
      return path.includes("room-links") ? [tenant.roomSlug] : [tenant.roomId, tenant.roomSlug];
    case "organisation":
      return [tenant.slug];
    case "session_id":
      return [path.includes("/auth/") ? tenant.loginSessionId : tenant.meetingSessionId];
    case "ban_id":
      return [tenant.banId];
    case "participant_id":
      return [tenant.participantId];
    case "token_id":
      return [tenant.tokenId];
    case "link_id":
      return [tenant.guestLinkId];
    case "recording":
      return [tenant.recordingId];
    case "user_id":
      return [tenant.ownerId];
    case "invitation_id":
      return [tenant.invitationId];
    case "client_id":
      return [tenant.clientId];
    case "key_id":
      return [tenant.keyId];
    case "endpoint_id":
      return [tenant.endpointId];
    case "delivery_id":
      return [tenant.deliveryId];
    case "event_id":
      return [tenant.eventId];
    case "token":
      // Whoever has the invitation's token is invited: its id must not do instead.
      return [tenant.invitationId];
    default:
      throw new Error(`the walk has nothing for {${parameter}} of ${path}`);
  }
}

/** What a query's parameter holds; cursors come from the tenant's own lists. */
function queryValue(tenant: FilledTenant, { path }: DescribedOperation, parameter: string): string {
  switch (parameter) {
    case "limit":
      return "100";
    case "user_id":
      return tenant.ownerId;
    case "room_id":
      return tenant.roomId;
    case "actor":
      return `user:${tenant.tenant.admin.userId}`;
    case "action":
      return "meeting.created";
    case "type":
      return "meeting.updated";
    case "status":
      return ENUMERATED_STATUS[path]!;
    case "active":
    case "present":
      return "true";
    case "from":
      return "2020-01-01T00:00:00Z";
    case "to":
      return "2099-01-01T00:00:00Z";
    case "return_to":
      return `/m/${tenant.meetingCode}`;
    case "invitation":
      return UNKNOWN_TOKEN;
    default:
      throw new Error(`the walk has nothing for ?${parameter}= of ${path}`);
  }
}

const ENUMERATED_STATUS: Readonly<Record<string, string>> = {
  "/api/v1/meetings": "scheduled",
  "/api/v1/recordings": "recording",
  "/api/v1/webhook-endpoints/{endpoint_id}/deliveries": "delivered",
};

/** Valid bodies, as harmful to the tenant as they can be. */
const BODIES: Readonly<Record<string, (tenant: FilledTenant) => unknown>> = {
  "POST /api/v1/auth/token": ({ clientId }) => ({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: "a guess",
  }),
  "POST /api/v1/auth/refresh": ({ tenant }) => ({ organisation_id: tenant.organisationId }),
  "POST /api/v1/auth/password": ({ ownerEmail }) => ({ email: ownerEmail, password: "a guess" }),
  "PUT /api/v1/auth/password": () => ({
    current_password: "a guess",
    new_password: "quite another password",
  }),
  "POST /api/v1/auth/reset-password": () => ({
    token: UNKNOWN_TOKEN,
    password: "quite another password",
  }),
  "POST /api/v1/auth/accept-invitation": () => ({
    token: UNKNOWN_TOKEN,
    display_name: "Walker",
    password: "quite another password",
  }),
  "PATCH /api/v1/me": () => ({ display_name: "Walker" }),
  "PATCH /api/v1/organisation": ({ slug }) => ({ slug }),
  "PATCH /api/v1/organisation/members/{user_id}": () => ({ role: "member" }),
  "POST /api/v1/organisation/invitations": () => ({
    email: "walker@walker.example",
    role: "member",
  }),
  "POST /api/v1/organisation/api-clients": () => ({ name: "Walker", scopes: ["meetings:read"] }),
  "POST /api/v1/organisation/api-keys": () => ({ name: "Walker", scopes: ["meetings:read"] }),
  "POST /api/v1/setup": () => ({
    token: UNKNOWN_TOKEN,
    organisation_name: "Walker",
    email: "walker@walker.example",
    display_name: "Walker",
    password: "quite another password",
  }),
  "POST /api/v1/webhook-endpoints": () => ({ url: "http://127.0.0.1:9/walker" }),
  "PATCH /api/v1/webhook-endpoints/{endpoint_id}": () => ({ url: "http://127.0.0.1:9/walker" }),
  "POST /api/v1/webhook-endpoints/{endpoint_id}/rotate-secret": () => ({ expires_in: 0 }),
  "PATCH /api/v1/recordings/{recording}": () => ({ location: "s3://walker" }),
  "POST /api/v1/meetings/{meeting}/recordings": ({ meetingSessionId }) => ({
    session_id: meetingSessionId,
  }),
  "POST /api/v1/meetings": ({ roomId }) => ({ display_name: "Walker", room_id: roomId }),
  "PATCH /api/v1/meetings/{meeting}": () => ({ display_name: "Walker", passcode: null }),
  "POST /api/v1/rooms": () => ({ slug: "walker", display_name: "Walker" }),
  "PATCH /api/v1/rooms/{room}": () => ({ display_name: "Walker" }),
  "POST /api/v1/meetings/{meeting}/join": () => ({
    participant_name: "Walker",
    passcode: "a guess",
  }),
  "POST /api/v1/meetings/{meeting}/tokens": () => ({ role: "host" }),
  "POST /api/v1/meetings/{meeting}/guest-links": () => ({ label: "Walker" }),
};

/**
 * The requests of one operation: without a query for each way to name the tenant's things, and with
 * each parameter of the query by itself.
 *
 * @param cursor of the tenant's own list, where the operation is one.
 * @throws {Error} for a parameter or a body that nothing is known for.
 */
export function tenantRequests(
  operation: DescribedOperation,
  tenant: FilledTenant,
  cursor: string | undefined,
): TenantRequest[] {
  const { method, path, parameters } = operation;
  const name = `${method} ${path}`;
  const bodyOf = BODIES[name];
  if (operation.body !== undefined && bodyOf === undefined) {
    throw new Error(`the walk has no body for ${name}`);
  }
  const queries = parameters.filter((parameter) => parameter.in === "query").map((parameter) => {
    const value = parameter.name === "cursor"
      ? cursor!
      : queryValue(tenant, operation, parameter.name);
    return `?${parameter.name}=${encodeURIComponent(value)}`;
  });
  const paths = pathsOf(tenant, path);
  const targets = [...paths, ...queries.map((query) => paths[0] + query)];
  return targets.map((target) => ({
    operation,
    name,
    target,
    body: bodyOf?.(tenant),
    targetOfNothing: path.includes("{") ? pathOfNothing(path, target) : undefined,
  }));
}

function pathsOf(tenant: FilledTenant, path: string): string[] {
  let paths = [path];
  for (const [placeholder, parameter] of path.matchAll(/\{([^}]+)\}/g)) {
    const values = pathValues(tenant, path, parameter!);
    paths = paths.flatMap((begun) => values.map((value) => begun.replace(placeholder, value)));
  }
  return paths;
}

/** The same path and query, with names of the same kinds that nobody has. */
function pathOfNothing(path: string, target: string): string {
  const described = path.split("/");
  const [named = "", query] = target.split("?");
  const nothing = named.split("/").map((segment, index) => {
    if (!described[index]!.startsWith("{")) return segment;
    if (/^[0-9a-f-]{36}$/.test(segment)) return crypto.randomUUID();
    return /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/.test(segment) ? UNKNOWN_CODE : UNKNOWN_SLUG;
  });
  return nothing.join("/") + (query === undefined ? "" : `?${query}`);
}
