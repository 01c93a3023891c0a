import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp } from "../../rest/api_environment.ts";
import { jsonContent } from "../../rest/openapi.ts";
import { JWKS_LIFETIME_S, type KeyRing } from "./key_ring.ts";

/** Where the public keys are (RFC 8615). */
export const JWKS_PATH = "/.well-known/jwks.json";

const JwkSet = z.object({
  keys: z.array(z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string(),
    kid: z.string(),
    alg: z.literal("EdDSA"),
    use: z.literal("sig"),
  })),
}).openapi("JwkSet");

const jwksRoute = createRoute({
  method: "get",
  path: JWKS_PATH,
  operationId: "getJwks",
  tags: ["Signing in"],
  summary: "The public keys of the tokens issued here (RFC 7517)",
  responses: { 200: { description: "The keys, newest first", ...jsonContent(JwkSet) } },
});

/** Adds `GET /.well-known/jwks.json`. */
export function addJwksRoutes(app: ApiApp, keys: KeyRing): void {
  app.openapi(jwksRoute, async (context) => {
    context.header("Cache-Control", `public, max-age=${JWKS_LIFETIME_S}`);
    return context.json(JSON.parse(await keys.jwks()), 200);
  });
}
