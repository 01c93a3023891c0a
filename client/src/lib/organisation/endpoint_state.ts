import type { Schemas } from "../../../api_client/api_client.ts";

/** How an endpoint does, worst first. */
export type EndpointState = "disabled" | "gone" | "gave-up" | "failing" | "active";

/** How the endpoint does: what disabled it, or whether its last deliveries failed. */
export function endpointState(
  { disabled, disabled_reason, failing_since }: Pick<
    Schemas["WebhookEndpoint"],
    "disabled" | "disabled_reason" | "failing_since"
  >,
): EndpointState {
  if (disabled) {
    if (disabled_reason === "gone") return "gone";
    return disabled_reason === "failing" ? "gave-up" : "disabled";
  }
  return failing_since === null ? "active" : "failing";
}
