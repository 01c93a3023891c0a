import { z } from "@hono/zod-openapi";
import { SCOPES } from "../../auth/scope.ts";
import { nextCursor } from "../../rest/cursor.ts";
import { grantedScopes } from "./api_key_messages.ts";
import type { ManagedApiClient } from "./managed_api_client.ts";
import { requiredName } from "../organisation_messages.ts";

export const CreateApiClientRequest = z.object({
  name: requiredName,
  scopes: grantedScopes,
}).openapi("CreateApiClientRequest");

export const ApiClientResponse = z.object({
  client_id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  created_at: z.string(),
}).openapi("ApiClient");

export const NewApiClientSecretResponse = ApiClientResponse.extend({
  client_secret: z.string().openapi({
    description: "For POST /api/v1/auth/token; shown this once",
  }),
}).openapi("NewApiClientSecret");

export const ApiClientListResponse = z.object({
  api_clients: z.array(ApiClientResponse),
  next_cursor: nextCursor,
}).openapi("ApiClientList");

/** A client without its secret. */
export function writeApiClient(client: ManagedApiClient) {
  return {
    client_id: client.clientId,
    name: client.name,
    scopes: [...client.scopes],
    created_at: client.createdAt.toISOString(),
  };
}
