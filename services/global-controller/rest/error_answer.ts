import type { Context } from "hono";
import type { ApiEnvironment } from "./api_environment.ts";
import type { ApiError } from "./api_error.ts";

/** Answers with the error envelope; its details name the request, so that logs can be searched. */
export function errorAnswer(context: Context<ApiEnvironment>, error: ApiError): Response {
  for (const [name, value] of Object.entries(error.headers)) context.header(name, value);
  const { code, message, details } = error.envelope.error;
  const envelope = {
    error: { code, message, details: { ...details, request_id: context.get("requestId") } },
  };
  return context.json(envelope, error.status);
}
