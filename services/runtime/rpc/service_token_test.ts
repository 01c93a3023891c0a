import assert from "node:assert/strict";
import { SignJWT } from "jose";
import {
  issueServiceToken,
  SERVICE_TOKEN_LIFETIME_S,
  SERVICE_TOKEN_SKEW_S,
  ServiceTokenError,
  verifyServiceToken,
} from "./service_token.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const key = new TextEncoder().encode(SECRET);

Deno.test("a token names its issuer to its audience", async () => {
  const token = await issueServiceToken(SECRET, { issuer: "mc-1", audience: "media-handler" });
  assert.deepEqual(await verifyServiceToken(SECRET, token, { audience: "media-handler" }), {
    issuer: "mc-1",
  });
});

Deno.test("a token for another service, of another secret or of another kind is refused", async () => {
  const token = await issueServiceToken(SECRET, { issuer: "mc-1", audience: "media-handler" });
  const unsigned = `${btoa('{"alg":"none","typ":"dt-service+jwt"}').replaceAll("=", "")}.${
    token.split(".")[1]
  }.`;
  const otherKind = await new SignJWT().setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer("mc-1").setAudience("media-handler").setIssuedAt().setExpirationTime("5m").sign(key);
  const expired = await new SignJWT().setProtectedHeader({ alg: "HS256", typ: "dt-service+jwt" })
    .setIssuer("mc-1").setAudience("media-handler")
    .setIssuedAt(Date.now() / 1000 - 430).setExpirationTime(Date.now() / 1000 - 130).sign(key);
  const refused = (secret: string, text: string, audience: "media-handler" | "global-controller") =>
    assert.rejects(verifyServiceToken(secret, text, { audience }), ServiceTokenError);
  await refused(SECRET, token, "global-controller");
  await refused(SECRET.replace("0", "1"), token, "media-handler");
  await refused(SECRET, unsigned, "media-handler");
  await refused(SECRET, otherKind, "media-handler");
  await refused(SECRET, expired, "media-handler");
  await refused(SECRET, "garbage", "media-handler");
});

Deno.test("a service whose clock is a minute off is heard, and one that is far off is not", async () => {
  const issuedAt = (shiftS: number) => {
    const nowS = Date.now() / 1_000 + shiftS;
    return new SignJWT().setProtectedHeader({ alg: "HS256", typ: "dt-service+jwt" })
      .setIssuer("mc-1").setAudience("media-handler").setIssuedAt(nowS)
      .setExpirationTime(nowS + SERVICE_TOKEN_LIFETIME_S).sign(key);
  };
  const verify = async (shiftS: number) =>
    await verifyServiceToken(SECRET, await issuedAt(shiftS), { audience: "media-handler" });
  for (const shiftS of [-60, 60]) assert.equal((await verify(shiftS)).issuer, "mc-1");
  await assert.rejects(verify(SERVICE_TOKEN_SKEW_S + 60), ServiceTokenError);
  await assert.rejects(
    verify(-SERVICE_TOKEN_LIFETIME_S - SERVICE_TOKEN_SKEW_S - 60),
    ServiceTokenError,
  );
});
