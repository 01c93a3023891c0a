import type { ApiApp } from "./api_environment.ts";
import { operationId } from "./operation_id.ts";

/** The OpenAPI 3.1 description of the API. */
export type ApiDocument = ReturnType<ApiApp["getOpenAPI31Document"]>;
type PathItem = NonNullable<ApiDocument["paths"]>[string];
type Operation = NonNullable<PathItem["get"]>;
type Responses = NonNullable<Operation["responses"]>;

/** Path under which the description is served. */
export const API_DOCUMENT_PATH = "/api/v1/openapi.json";
const API_PREFIX = "/api/v1/";
const METHODS = ["get", "put", "post", "delete", "patch"] as const;

const INTRODUCTION =
  `JSON over HTTPS. Programs send \`Authorization: Bearer …\` with an access token (from
\`POST /api/v1/auth/token\`) or an API key; guests send nothing.

- Every error has the body \`{"error": {"code", "message", "details"}}\`. Codes are stable, messages
  are not. \`details.request_id\` is also in \`X-Request-Id\`: name it when you ask for help.
- \`X-RateLimit-*\` tell how many requests are left. After 429 and 503 wait \`Retry-After\` seconds.
- Send an \`Idempotency-Key\` with a POST that you may have to repeat: it is carried out once, and for
  24 hours the same request with the same key gets the same answer, with
  \`Idempotency-Replayed: true\`.
- Lists come in pages: \`next_cursor\` is the \`cursor\` of the next one.
- What can be changed has an \`ETag\`: send it as \`If-Match\`, so that nobody's change is lost.
- Times are RFC 3339. Fields that you do not know may be added.`;

/** Answers that the API as a whole gives, not one of its routes. */
const SHARED_ANSWERS = {
  400: ["BadRequest", "INVALID_REQUEST", "The request is malformed"],
  401: ["Unauthorized", "UNAUTHORIZED", "The credentials are missing or not valid"],
  408: ["RequestTimeout", "INVALID_REQUEST", "The body did not arrive in time"],
  409: [
    "IdempotencyInProgress",
    "IDEMPOTENCY_IN_PROGRESS",
    "The first request with this Idempotency-Key is still being carried out",
  ],
  413: ["ContentTooLarge", "INVALID_REQUEST", "The body is too long"],
  422: [
    "IdempotencyKeyReused",
    "IDEMPOTENCY_KEY_REUSED",
    "This Idempotency-Key came with another request before",
  ],
  429: ["RateLimited", "RATE_LIMITED", "Too many requests: wait Retry-After seconds"],
  500: ["InternalError", "INTERNAL_ERROR", "Something went wrong here"],
  503: ["Unavailable", "SERVICE_UNAVAILABLE", "Try again after Retry-After seconds"],
} as const;
type SharedStatus = keyof typeof SHARED_ANSWERS;

/**
 * Describes all routes of `app`, and what every operation has beside what its route says: a name, a
 * tag, how it is authorized, the answers of the middlewares, `Idempotency-Key` and `If-Match`.
 *
 * @param publicUrl origin under which the API is reached.
 */
export function describeApi(app: ApiApp, publicUrl: string): ApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Dark Tower",
      version: "1",
      description: INTRODUCTION,
      license: { name: "MIT OR Apache-2.0" },
    },
    servers: [{ url: publicUrl }],
    // What needs credentials says 401; guests may call the rest as well.
    security: [{}, { bearer: [] }],
  });
  const tags = new Set<string>();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      operation.operationId ??= operationId(method, path, isList(document, operation));
      operation.tags ??= [tagOf(path)];
      for (const tag of operation.tags) tags.add(tag);
      addSharedParts(method, path, operation);
    }
  }
  document.tags = [...tags].sort().map((name) => ({ name }));
  document.components = { ...document.components, ...sharedComponents(document.components) };
  return document;
}

function addSharedParts(method: string, path: string, operation: Operation): void {
  const responses: Responses = operation.responses ??= {};
  const add = (...statuses: SharedStatus[]) => {
    for (const status of statuses) {
      const [name] = SHARED_ANSWERS[status];
      responses[status] ??= { $ref: `#/components/responses/${name}` };
    }
  };
  add(500);
  // Whoever watches the process is neither counted nor asked for credentials.
  if (path === `${API_PREFIX}health`) return;
  const needsCredentials = "401" in responses;
  add(400, 401, 429, 503);
  if (operation.requestBody) add(408, 413);
  if (method === "post") {
    add(409, 422);
    operation.parameters = [
      ...operation.parameters ?? [],
      { $ref: "#/components/parameters/IdempotencyKey" },
    ];
  }
  if ("412" in responses) {
    operation.parameters = [
      ...operation.parameters ?? [],
      { $ref: "#/components/parameters/IfMatch" },
    ];
  }
  operation.security ??= needsCredentials ? [{ bearer: [] }] : [{}, { bearer: [] }];
}

/** Whether the operation answers one page of a list. */
function isList({ components }: ApiDocument, { responses }: Operation): boolean {
  const schema = responses?.["200"]?.content?.["application/json"]?.schema;
  const body = schema?.$ref === undefined
    ? schema
    : components?.schemas?.[schema.$ref.split("/").at(-1)!];
  return "next_cursor" in (body?.properties ?? {});
}

/** `/api/v1/guest-links/{id}` → `Guest links`. */
function tagOf(path: string): string {
  const [first = ""] = path.replace(API_PREFIX, "").split("/");
  const words = first.replaceAll(/[^a-z0-9]+/gi, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function sharedComponents(components: ApiDocument["components"]) {
  const retryAfter = { schema: { type: "integer" as const }, description: "Seconds" };
  const responses = Object.entries(SHARED_ANSWERS).map(([status, [name, code, description]]) => {
    const example = {
      error: {
        code,
        message: description.toLowerCase(),
        details: { request_id: "4b0d5a1e-7a63-4c39-8f0e-3f6d2b7a9c10" },
      },
    };
    const schema = { $ref: "#/components/schemas/Error" };
    const headers = ["409", "429", "503"].includes(status) ? { "Retry-After": retryAfter } : {};
    return [name, { description, headers, content: { "application/json": { schema, example } } }];
  });
  return {
    responses: { ...components?.responses, ...Object.fromEntries(responses) },
    parameters: {
      ...components?.parameters,
      IdempotencyKey: {
        name: "Idempotency-Key",
        in: "header" as const,
        required: false,
        description: "Carries the request out once, however often it is sent; a UUID is best",
        schema: { type: "string" as const, minLength: 1, maxLength: 257 },
      },
      IfMatch: {
        name: "If-Match",
        in: "header" as const,
        required: false,
        description: "The ETag of the version that is to be changed",
        schema: { type: "string" as const, maxLength: 257 },
      },
    },
    securitySchemes: {
      ...components?.securitySchemes,
      bearer: {
        type: "http" as const,
        scheme: "bearer",
        description: "An access token (RFC 9068) or an API key",
      },
      loginCookie: {
        type: "apiKey" as const,
        in: "cookie",
        name: "__Host-dt_refresh",
        description: "What signing in leaves in a browser; good for a new access token alone",
      },
    },
  };
}
