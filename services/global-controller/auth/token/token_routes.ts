import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp } from "../../rest/api_environment.ts";
import { invalidRequest, unauthorized, unavailable } from "../../rest/api_error.ts";
import { errorResponse, jsonContent, NO_CREDENTIALS } from "../../rest/openapi.ts";
import { CLIENT_TOKEN_LIFETIME_S, issueAccessToken } from "./access_token.ts";
import type { ApiClientStore } from "./api_client_store.ts";
import { isScope, type Scope } from "../scope.ts";
import { HashingOverloadedError, type SecretHasher } from "../secret_hasher.ts";
import type { TokenKeys } from "../signing/token_keys.ts";

const MAX_CREDENTIAL_LENGTH = 200;
const MAX_SCOPE_LENGTH = 1_000;

const TokenRequest = z.object({
  grant_type: z.literal("client_credentials"),
  client_id: z.string().min(1).max(MAX_CREDENTIAL_LENGTH).refine((text) => !text.includes("\0")),
  client_secret: z.string().min(1).max(MAX_CREDENTIAL_LENGTH),
  scope: z.string().max(MAX_SCOPE_LENGTH).optional().openapi({
    description: "Which of the client's scopes the token is for, separated by spaces; all of " +
      "them by default (RFC 6749, 3.3)",
  }),
}).openapi("TokenRequest");

const TokenResponse = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.number().int(),
}).openapi("TokenResponse");

const tokenRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/token",
  operationId: "issueAccessToken",
  security: NO_CREDENTIALS,
  summary: "Get an access token for an API client (specification 1.4)",
  request: { body: { ...jsonContent(TokenRequest), required: true } },
  responses: {
    200: { description: "A bearer token for an hour", ...jsonContent(TokenResponse) },
    400: errorResponse("Malformed request, or a scope that the client does not have"),
    401: errorResponse("Unknown client or wrong secret"),
    503: errorResponse("Too many secrets to check"),
  },
});

/** Adds `POST /api/v1/auth/token`. */
export function addTokenRoutes(app: ApiApp, options: {
  clients: ApiClientStore;
  hasher: SecretHasher;
  keys: TokenKeys;
}): void {
  const { clients, hasher, keys } = options;
  app.openapi(tokenRoute, async (context) => {
    const { client_id, client_secret, scope } = context.req.valid("json");
    const client = await clients.find(client_id);
    const matches = await hasher.verify(client_secret, client?.secretHash).catch((error) => {
      if (error instanceof HashingOverloadedError) throw unavailable("try again in a moment");
      throw error;
    });
    if (client === undefined || !matches) throw unauthorized("unknown client or wrong secret");
    const { clientId, organisationId } = client;
    const scopes = narrowed(client.scopes, scope);
    return context.json({
      access_token: await issueAccessToken(keys, {
        kind: "client",
        clientId,
        organisationId,
        scopes,
      }),
      token_type: "Bearer" as const,
      expires_in: CLIENT_TOKEN_LIFETIME_S,
    }, 200);
  });
}

/** The scopes that were asked for, all of them the client's. */
function narrowed(scopes: ReadonlySet<Scope>, wanted: string | undefined): ReadonlySet<Scope> {
  if (wanted === undefined) return scopes;
  const names = new Set(wanted.split(" ").filter((name) => name !== ""));
  const missing = [...names].filter((name) => !isScope(name) || !scopes.has(name));
  if (names.size === 0 || missing.length > 0) {
    throw invalidRequest("the client does not have this scope", { missing });
  }
  return new Set([...names].filter(isScope));
}
