import { createMiddleware } from "hono/factory";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError, invalidRequest } from "./api_error.ts";
import { JsonTextError, parseStrictJson } from "./json_text.ts";

/** Longest body of an API request, bytes. */
export const MAX_BODY_LENGTH = 1024 * 1024;
/** How long the body of an API request may take to arrive, milliseconds. */
export const BODY_DEADLINE_MS = 10_000;
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * Reads the body within its bound and checks it as JSON before any route sees it. A missing body
 * stands for an empty object.
 */
export const jsonBody = createMiddleware<ApiEnvironment>(async (context, next) => {
  const request = context.req.raw;
  // Of all other methods no route reads a body, and some may not have one (Fetch, 5.4).
  if (!METHODS_WITH_BODY.has(request.method)) return await next();
  const text = await readBodyText(request);
  const type = request.headers.get("content-type");
  if (text !== "" && type !== null && !JSON_TYPE.test(type)) {
    throw invalidRequest("the body is not application/json");
  }
  try {
    if (text !== "") parseStrictJson(text);
  } catch (error) {
    if (error instanceof JsonTextError) throw invalidRequest(error.message);
    throw error;
  }
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/json");
  context.req.raw = new Request(request.url, {
    method: request.method,
    headers,
    body: text || "{}",
    signal: request.signal,
  });
  await next();
});

/**
 * The body as text; empty when there is none.
 *
 * @throws {ApiError} when it is too long, not UTF-8, or not there within `deadlineMs`.
 */
export async function readBodyText(
  request: Request,
  deadlineMs = BODY_DEADLINE_MS,
): Promise<string> {
  if (Number(request.headers.get("content-length")) > MAX_BODY_LENGTH) throw tooLarge();
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  let late = false;
  const reader = request.body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => {
    late = true;
    cancel();
  }, deadlineMs);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > MAX_BODY_LENGTH) throw tooLarge();
      chunks.push(next.value);
    }
  } finally {
    clearTimeout(timer);
    cancel();
  }
  if (late) throw new ApiError(408, "INVALID_REQUEST", "the body did not arrive in time");
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidRequest("the body is not UTF-8");
  }
}

function tooLarge(): ApiError {
  return new ApiError(413, "INVALID_REQUEST", `the body is longer than ${MAX_BODY_LENGTH} bytes`);
}
