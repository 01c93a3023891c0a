import assert from "node:assert/strict";
import { exportSPKI, importJWK, SignJWT } from "jose";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { systemClock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import { GRANTS } from "../participant/grant.ts";
import { JoinTokenIssuer } from "../testing/join_token_issuer.ts";
import { InProcessUsedTokenStore } from "./in_process_used_token_store.ts";
import { JoinTokenVerifier } from "./join_token.ts";

const audience = crypto.randomUUID();
const meetingId = crypto.randomUUID();
const participantId = crypto.randomUUID();
const issuer = await JoinTokenIssuer.create();
const usedTokens = new InProcessUsedTokenStore({ now: () => performance.now() });
const verifier = new JoinTokenVerifier({
  audience,
  usedTokens,
  clock: systemClock,
  log: createLogger("test"),
});
await verifier.setKeys(issuer.jwks);
const nowS = Math.floor(Date.now() / 1000);
const issue = (
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  by = issuer,
) => by.issue({ audience, meetingId, participantId, claims, header });
const isUnauthorized = (error: unknown) =>
  error instanceof Refusal && error.code === ErrorCode.UNAUTHORIZED;
const refused = (token: string) => assert.rejects(verifier.verify(token), isUnauthorized);

Deno.test("a valid token says who may join what, and can be used once", async () => {
  const grant = await verifier.verify(await issue({ role: "host" }));
  assert.deepEqual([grant.participantId, grant.meetingId, grant.role], [
    participantId,
    meetingId,
    "host",
  ]);
  assert.deepEqual([...grant.grants], [...GRANTS]);
  assert.deepEqual([grant.name, grant.userId, grant.userReference], [undefined, "", ""]);
  await verifier.use(grant);
  await assert.rejects(verifier.use(grant), isUnauthorized);
});

Deno.test("a token with any claim wrong or missing is refused", async () => {
  const wrong = [
    { aud: crypto.randomUUID() },
    { iss: "someone" },
    { sub: "x" },
    { sub: undefined },
    { meeting_id: "x" },
    { meeting_id: 7 },
    { role: "admin" },
    { role: undefined },
    { jti: undefined },
    { jti: "a b" },
    { jti: "x".repeat(200) },
    { exp: undefined },
    { exp: nowS - 6 },
    { exp: nowS + 3600 },
    { nbf: nowS + 60 },
    { grants: undefined },
    { grants: "camera" },
    { grants: [7] },
    { grants: Array(33).fill("camera") },
    { name: 7 },
    { user_id: "x" },
    { user_reference: 7 },
    { user_reference: "x".repeat(201) },
  ];
  for (const claims of wrong) await refused(await issue(claims));
});

Deno.test("a token may name the person, and grants that we do not know are left out", async () => {
  const userId = crypto.randomUUID();
  const claims = {
    grants: ["camera", "levitate"],
    name: " Ada ",
    user_id: userId,
    user_reference: "crm-17",
  };
  const grant = await verifier.verify(await issue(claims));
  assert.deepEqual([...grant.grants], ["camera"]);
  assert.deepEqual([grant.name, grant.userId, grant.userReference], ["Ada", userId, "crm-17"]);
});

Deno.test("five seconds of clock difference are forgiven, six are not", async () => {
  await verifier.verify(await issue({ exp: nowS - 3 }));
  await verifier.verify(await issue({ nbf: nowS + 4 }));
  await refused(await issue({ exp: nowS - 6 }));
});

Deno.test("tokens that carry or name a key of their own, or another kind, are refused", async () => {
  const other = await JoinTokenIssuer.create();
  const unsigned = `${btoa('{"alg":"none","typ":"dt-join+jwt","kid":"key-1"}')}.e30.`;
  await refused(unsigned.replaceAll("=", ""));
  await refused(await issue({}, {}, other));
  await refused(await issue({}, { kid: "../../x" }));
  await refused(await issue({}, { kid: undefined }));
  await refused(await issue({}, { kid: "other", jwk: other.publicJwk }, other));
  await refused(await issue({}, { jwk: other.publicJwk }, other));
  await refused(await issue({}, { typ: "JWT" }));
  await refused(await issue({}, { typ: undefined }));
  await refused("garbage");
  await refused("");
  await refused("a".repeat(100_000));
});

Deno.test("an HS256 token signed with the public key is refused", async () => {
  const key = await importJWK(issuer.publicJwk, "EdDSA", { extractable: true });
  assert.ok(!(key instanceof Uint8Array));
  const secrets = [await exportSPKI(key), issuer.jwks, String(issuer.publicJwk.x)];
  for (const secret of secrets) {
    const token = await new SignJWT({
      iss: "dark-tower",
      aud: audience,
      sub: participantId,
      meeting_id: meetingId,
      role: "host",
      jti: "1",
      exp: nowS + 60,
    }).setProtectedHeader({ alg: "HS256", typ: "dt-join+jwt", kid: "key-1" })
      .sign(new TextEncoder().encode(secret));
    await refused(token);
  }
});

Deno.test("while keys rotate, tokens of each published key are good", async () => {
  const next = await JoinTokenIssuer.create("key-2");
  const rotating = new JoinTokenVerifier({
    audience,
    usedTokens,
    clock: systemClock,
    log: createLogger("test"),
  });
  await rotating.setKeys(JSON.stringify({ keys: [next.publicJwk, issuer.publicJwk] }));
  await rotating.verify(await issue());
  await rotating.verify(await issue({}, {}, next));
  await assert.rejects(rotating.verify(await issue({}, { kid: "key-1" }, next)), isUnauthorized);
});

Deno.test("new keys replace the old; a text that is no key set changes nothing", async () => {
  const next = await JoinTokenIssuer.create("key-2");
  const changing = new JoinTokenVerifier({
    audience,
    usedTokens,
    clock: systemClock,
    log: createLogger("test"),
  });
  await assert.rejects(changing.verify(await issue()), isUnauthorized);
  await changing.setKeys(issuer.jwks);
  for (const text of ["", "{", "{}", "[]", "null"]) {
    await assert.rejects(changing.setKeys(text));
  }
  await changing.verify(await issue());
  await changing.setKeys(next.jwks);
  await changing.verify(await issue({}, {}, next));
  await assert.rejects(changing.verify(await issue()), isUnauthorized);
});
