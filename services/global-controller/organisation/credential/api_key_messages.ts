import { z } from "@hono/zod-openapi";
import { type Scope, SCOPES } from "../../auth/scope.ts";
import { nextCursor } from "../../rest/cursor.ts";
import type { ApiKey } from "./api_key.ts";
import { requiredName } from "../organisation_messages.ts";

/** What credentials are good for: each scope counts once. */
export const grantedScopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length)
  .transform((scopes): Scope[] => [...new Set(scopes)]);

export const CreateApiKeyRequest = z.object({
  name: requiredName,
  scopes: grantedScopes,
  expires_at: z.iso.datetime({ offset: true }).nullish().openapi({
    description: "RFC 3339; without it the key is good until it is revoked",
  }),
}).openapi("CreateApiKeyRequest");

export const ApiKeyResponse = z.object({
  key_id: z.uuid(),
  name: z.string(),
  prefix: z.string().openapi({ description: "The start of the key", example: "dt_AbCdEfG" }),
  scopes: z.array(z.enum(SCOPES)),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable().openapi({ description: "To the minute" }),
}).openapi("ApiKey");

export const NewApiKeyResponse = ApiKeyResponse.extend({
  key: z.string().openapi({
    description: "Sent as `Authorization: Bearer <key>`; shown this once",
  }),
}).openapi("NewApiKey");

export const ApiKeyListResponse = z.object({
  api_keys: z.array(ApiKeyResponse),
  next_cursor: nextCursor,
}).openapi("ApiKeyList");

/** A key without its secret. */
export function writeApiKey(key: ApiKey) {
  return {
    key_id: key.keyId,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}
