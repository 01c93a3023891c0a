import type { SealingKey } from "../auth/sealed_key.ts";
import type { AttemptOutcome, ClaimedDelivery } from "./delivery.ts";
import { postSafely, type SafeFetchOptions } from "./safe_fetch.ts";
import { signatureHeaders } from "./signature.ts";

const USER_AGENT = "Dark-Tower-Webhooks/1";

/** Attempts one delivery. Rejects only when `signal` is aborted or the secrets cannot be opened. */
export type DeliverySender = (
  delivery: ClaimedDelivery,
  signal: AbortSignal,
) => Promise<AttemptOutcome>;

/** Signs each delivery and sends it by {@link postSafely}. */
export function createDeliverySender(
  sealing: SealingKey,
  options: SafeFetchOptions,
): DeliverySender {
  return async ({ endpointId, url, sealedSecrets, event }, signal) => {
    const body = bodyOf(event);
    const secrets = await Promise.all(
      sealedSecrets.map((sealed) => sealing.open(sealed, endpointId)),
    );
    const timestampS = Math.floor(Date.now() / 1_000);
    const headers = {
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...await signatureHeaders({ id: event.eventId, timestampS, body }, secrets),
    };
    return await postSafely(url, { headers, body }, options, signal);
  };
}

/** The message's body (Standard Webhooks, "Payload structure"). */
function bodyOf({ type, createdAt, data }: ClaimedDelivery["event"]): string {
  const timestamp = createdAt.toISOString();
  return `{"type":${JSON.stringify(type)},"timestamp":"${timestamp}","data":${data}}`;
}
