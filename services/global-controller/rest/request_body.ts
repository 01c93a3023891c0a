import { createMiddleware } from "hono/factory";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError, invalidRequest } from "./api_error.ts";
import { JsonTextError, parseStrictJson } from "./json_text.ts";

/** Longest body of an API request, bytes. */
export const MAX_BODY_LENGTH = 1024 * 1024;
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * Reads the body within its bound and checks it as JSON before any route sees it. A missing body
 * stands for an empty object.
 */
export const jsonBody = createMiddleware<ApiEnvironment>(async (context, next) => {
  const request = context.req.raw;
  if (request.method === "GET" || request.method === "HEAD" || request.method === "DELETE") {
    return await next();
  }
  const text = await readText(request);
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

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length")) > MAX_BODY_LENGTH) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_LENGTH) throw tooLarge();
    chunks.push(chunk);
  }
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
