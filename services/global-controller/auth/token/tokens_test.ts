import assert from "node:assert/strict";
import { exportJWK, type JWTHeaderParameters, SignJWT } from "jose";
import { createTestKeys } from "../../testing/test_keys.ts";
import {
  AccessTokenError,
  issueAccessToken,
  type TokenHolder,
  verifyAccessToken,
} from "./access_token.ts";
import { issueJoinToken } from "./join_token.ts";
import { scopesOfRole } from "../scope.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const ACME: TokenHolder = {
  kind: "client",
  clientId: "acme",
  organisationId: "organisation",
  scopes: new Set(["meetings:read", "webhooks:write"]),
};
const ADA: TokenHolder = {
  kind: "user",
  userId: "ada",
  sessionId: "session",
  organisationId: "organisation",
  role: "admin",
  scopes: scopesOfRole("admin"),
};
const GRANT = {
  controllerId: "controller",
  meetingId: "meeting",
  participantId: "participant",
  role: "host",
  grants: [],
} as const;

Deno.test("an access token tells its client until five seconds after its end", async () => {
  const keys = await createTestKeys();
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  const verify = (nowMs: number) => verifyAccessToken(keys, token, nowMs);
  assert.deepEqual(await verify(NOW_MS), ACME);
  assert.deepEqual(await verify(NOW_MS + 3_604_000), ACME);
  await assert.rejects(verify(NOW_MS + 3_606_000), AccessTokenError);
  await assert.rejects(verify(NOW_MS - 6_000), AccessTokenError);
});

Deno.test("a person's access token tells role and session, for five minutes", async () => {
  const keys = await createTestKeys();
  const token = await issueAccessToken(keys, ADA, NOW_MS);
  assert.deepEqual(await verifyAccessToken(keys, token, NOW_MS + 304_000), ADA);
  await assert.rejects(verifyAccessToken(keys, token, NOW_MS + 306_000), AccessTokenError);
});

Deno.test("no other token passes for an access token", async () => {
  const keys = await createTestKeys();
  const others = await createTestKeys();
  const access = await keys.signingKey("access");
  const otherKey = (await others.signingKey("access")).key;
  const joinKey = (await keys.signingKey("join")).key;
  const valid = { alg: "EdDSA", typ: "at+jwt", kid: access.kid };
  const sign = (
    header: JWTHeaderParameters,
    claims: Record<string, unknown> = {},
    key: CryptoKey | Uint8Array = access.key,
  ) => {
    const issuedAtS = NOW_MS / 1_000;
    const payload = {
      iss: "dark-tower",
      aud: "global-controller",
      sub: "acme",
      client_id: "acme",
      org: "organisation",
      scope: "meetings:read webhooks:write",
      iat: issuedAtS,
      exp: issuedAtS + 60,
      ...claims,
    };
    return new SignJWT(payload).setProtectedHeader(header).sign(key);
  };
  assert.deepEqual(await verifyAccessToken(keys, await sign(valid), NOW_MS), ACME);

  const publicJwk = await exportJWK((await keys.verificationKey("access", access.kid))!);
  const [, payload] = (await sign(valid)).split(".");
  const none = btoa(JSON.stringify({ alg: "none", typ: "at+jwt", kid: access.kid }))
    .replaceAll("=", "");
  const publicBytes = new TextEncoder().encode(JSON.stringify(publicJwk));
  const refused: Record<string, string> = {
    "algorithm none": `${none}.${payload}.`,
    "HS256 under the public key": await sign({ ...valid, alg: "HS256" }, {}, publicBytes),
    "another kind of token": await sign({ ...valid, typ: "dt-join+jwt" }),
    "no kind of token": await sign({ alg: "EdDSA", kid: access.kid }),
    "another issuer": await sign(valid, { iss: "elsewhere" }),
    "another audience": await sign(valid, { aud: "meeting-controller" }),
    "a key id from outside": await sign({ ...valid, kid: "../../x" }),
    "no key id": await sign({ alg: "EdDSA", typ: "at+jwt" }),
    "an embedded key": await sign(
      { ...valid, jwk: await exportJWK((await others.verificationKey("access", access.kid))!) },
      {},
      otherKey,
    ),
    "the join token's key": await sign(valid, {}, joinKey),
    "a join token": (await issueJoinToken(keys, GRANT, NOW_MS)).token,
    "no subject": await sign(valid, { sub: undefined }),
    "no organisation": await sign(valid, { org: undefined }),
    "no scope": await sign(valid, { scope: undefined }),
    "another client's subject": await sign(valid, { client_id: "other" }),
    "a role that is none": await sign(valid, { client_id: undefined, role: "king", sid: "s" }),
    "no end": await sign(valid, { exp: undefined }),
    "not valid yet": await sign(valid, { nbf: NOW_MS / 1_000 + 60 }),
    "older than a token lives": await sign(valid, { iat: NOW_MS / 1_000 - 4_000 }),
    "too long": "x".repeat(10_000),
    "empty": "",
  };
  for (const [name, token] of Object.entries(refused)) {
    await assert.rejects(verifyAccessToken(keys, token, NOW_MS), AccessTokenError, name);
  }
});

Deno.test("a token with any character changed is refused", async () => {
  const keys = await createTestKeys();
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  // The last character holds bits that base64url leaves unused.
  for (let index = 0; index < token.length - 1; index++) {
    const changed = token[index] === "A" ? "B" : "A";
    const forged = token.slice(0, index) + changed + token.slice(index + 1);
    await assert.rejects(verifyAccessToken(keys, forged, NOW_MS), AccessTokenError);
  }
});
