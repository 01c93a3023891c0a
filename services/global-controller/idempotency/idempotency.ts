import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Logger } from "../../runtime/log.ts";
import { callerName } from "../auth/caller.ts";
import { addressGroup } from "../rate_limit/client_address.ts";
import type { ApiEnvironment } from "../rest/api_environment.ts";
import { ApiError } from "../rest/api_error.ts";
import { WROTE_COOKIE } from "../rest/read_your_writes.ts";
import { parseIdempotencyKey } from "./idempotency_key.ts";
import type { IdempotencyClaim, IdempotencyStore } from "./idempotency_store.ts";
import { type KeptAnswer, SealedKey } from "./sealed_answer.ts";

/** Longest answer that is kept, UTF-16 units. */
const MAX_KEPT_BODY_LENGTH = 256 * 1024;
/** Headers that are kept with an answer; the others belong to each request alone. */
const KEPT_HEADERS = ["content-type", "etag", "location", "www-authenticate"];
/** When a request under the same key is likely to have been answered, seconds. */
const RETRY_AFTER_S = 1;

/** What requests with an `Idempotency-Key` need. */
export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  /** Shared by all global controllers, at least 32 characters. */
  readonly secret: string;
  readonly log: Logger;
}

/**
 * Carries a POST with an `Idempotency-Key` out once: one of the same caller's with the same key is
 * given the first one's answer for 24 hours (draft-ietf-httpapi-idempotency-key-header). An answer
 * after which nothing has happened is not kept: 400, 429, 5xx, and any refusal of a guest, who could
 * fill the table with them; nor is one that sets cookies.
 */
export function idempotency({ store, secret, log }: IdempotencyOptions) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const field = context.req.header("idempotency-key");
    if (context.req.method !== "POST" || field === undefined) return await next();
    const caller = context.get("caller");
    const key = new SealedKey(
      secret,
      callerName(caller, addressGroup(context.env.clientAddress)),
      parseIdempotencyKey(field, caller.kind === "guest"),
    );
    const claim: IdempotencyClaim = {
      keyHash: key.keyHash,
      requestHash: key.requestHash(await requestParts(context)),
      holder: context.get("requestId"),
    };
    const verdict = await store.claim(claim);
    if (verdict.kind === "in_progress") throw inProgress();
    if (verdict.kind === "reused") throw reused();
    if (verdict.kind === "answered") return replay(key.open(verdict.answer));
    await next();
    try {
      const answer = await answerToKeep(context.res, caller.kind === "guest");
      if (answer === undefined) await store.release(claim);
      else await store.keep(claim, key.seal(answer));
    } catch (error) {
      // The request was carried out: its answer is worth more than its being repeatable.
      log.warn("an answer was not kept", { requestId: claim.holder, error });
    }
  });
}

/** All cookies but the one that every write leaves. */
function personalCookies(cookies: readonly string[]): string[] {
  return cookies.map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "" && !cookie.startsWith(`${WROTE_COOKIE}=`));
}

/** What makes two requests the same one. */
async function requestParts(context: Context<ApiEnvironment>): Promise<string[]> {
  const { method, url } = context.req;
  const { pathname, search } = new URL(url);
  const caller = context.get("caller");
  // A person may act in several organisations; a guest may be somebody by cookie to a route.
  const identity = caller.kind === "guest"
    ? personalCookies((context.req.header("cookie") ?? "").split(";")).join(";")
    : caller.organisationId;
  const condition = context.req.header("if-match") ?? "";
  return [method, pathname, search, identity, condition, await context.req.text()];
}

/** Undefined for an answer after which the same request is to be tried again. */
async function answerToKeep(
  response: Response,
  isGuests: boolean,
): Promise<KeptAnswer | undefined> {
  const { status, headers } = response;
  if (isGuests && status >= 400) return undefined;
  const setsCookies = personalCookies(headers.getSetCookie()).length > 0;
  if (status === 400 || status === 429 || status >= 500 || setsCookies) {
    return undefined;
  }
  const type = headers.get("content-type");
  // Anything else may be a stream without an end.
  if (type !== null && !type.startsWith("application/json")) return undefined;
  const body = await response.clone().text();
  if (body.length > MAX_KEPT_BODY_LENGTH) return undefined;
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status, headers: Object.fromEntries(kept), body };
}

function replay({ status, headers, body }: KeptAnswer): Response {
  return new Response(body === "" ? null : body, {
    status,
    headers: { ...headers, "Idempotency-Replayed": "true" },
  });
}

function inProgress(): ApiError {
  return new ApiError(
    409,
    "IDEMPOTENCY_IN_PROGRESS",
    "the first request with this Idempotency-Key is still being carried out",
    { headers: { "Retry-After": String(RETRY_AFTER_S) } },
  );
}

function reused(): ApiError {
  return new ApiError(
    422,
    "IDEMPOTENCY_KEY_REUSED",
    "this Idempotency-Key came with another request before",
  );
}
