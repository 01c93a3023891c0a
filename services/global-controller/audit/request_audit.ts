import type { Context } from "hono";
import { callerName } from "../auth/caller.ts";
import { addressGroup } from "../rate_limit/client_address.ts";
import type { ApiEnvironment } from "../rest/api_environment.ts";
import type { AuditEntry } from "./audit_log.ts";

/** What a request did, told with who sent it, its id, and the address that it came from. */
export function auditEntryOf(
  context: Context<ApiEnvironment>,
  done: Pick<AuditEntry, "organisationId" | "action" | "target" | "details">,
): AuditEntry {
  const address = context.env.clientAddress;
  return {
    ...done,
    actor: callerName(context.get("caller"), addressGroup(address)),
    requestId: context.get("requestId"),
    address,
  };
}
