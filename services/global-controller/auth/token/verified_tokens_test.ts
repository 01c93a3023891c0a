import assert from "node:assert/strict";
import { createTestKeys } from "../../testing/test_keys.ts";
import { AccessTokenError, issueAccessToken, type TokenHolder } from "./access_token.ts";
import type { TokenKeys } from "../signing/token_keys.ts";
import { VerifiedTokens } from "./verified_tokens.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const END_MS = NOW_MS + 3_600_000;
const ACME: TokenHolder = {
  kind: "client",
  clientId: "acme",
  organisationId: "organisation",
  scopes: new Set(["meetings:read"]),
};

Deno.test("a token that is known tells the same holder as one that comes first", async () => {
  const keys = await createTestKeys();
  const tokens = new VerifiedTokens(keys);
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  assert.deepEqual(await tokens.holderOf(token, NOW_MS), ACME);
  assert.deepEqual(await tokens.holderOf(token, END_MS), ACME);
});

Deno.test("a token that is known ends when it would have ended otherwise", async () => {
  const keys = await createTestKeys();
  const tokens = new VerifiedTokens(keys);
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  await tokens.holderOf(token, NOW_MS);
  assert.deepEqual(await tokens.holderOf(token, END_MS + 4_999), ACME);
  await assert.rejects(tokens.holderOf(token, END_MS + 5_000), AccessTokenError);
  await assert.rejects(tokens.holderOf(token, NOW_MS - 6_000), AccessTokenError);
});

Deno.test("a token that is known ends with its key", async () => {
  const keys = await createTestKeys();
  let withdrawn = false;
  const changing: TokenKeys = {
    signingKey: (purpose) => keys.signingKey(purpose),
    verificationKey: (purpose, kid) =>
      withdrawn ? Promise.resolve(undefined) : keys.verificationKey(purpose, kid),
  };
  const tokens = new VerifiedTokens(changing);
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  await tokens.holderOf(token, NOW_MS);
  withdrawn = true;
  await assert.rejects(tokens.holderOf(token, NOW_MS), AccessTokenError);
});

Deno.test("what differs from a known token in one character is refused", async () => {
  const keys = await createTestKeys();
  const tokens = new VerifiedTokens(keys);
  const token = await issueAccessToken(keys, ACME, NOW_MS);
  await tokens.holderOf(token, NOW_MS);
  const middle = Math.floor(token.length / 2);
  const other = token[middle] === "A" ? "B" : "A";
  const changed = token.slice(0, middle) + other + token.slice(middle + 1);
  await assert.rejects(tokens.holderOf(changed, NOW_MS), AccessTokenError);
});

Deno.test("of more tokens than may be known the oldest is checked again", async () => {
  const keys = await createTestKeys();
  const tokens = new VerifiedTokens(keys, 2);
  const texts = await Promise.all([1, 2, 3].map(() => issueAccessToken(keys, ACME, NOW_MS)));
  const first = [];
  for (const text of texts) first.push(await tokens.holderOf(text, NOW_MS));
  // The very same holder: its token was known.
  assert.equal(await tokens.holderOf(texts[2]!, NOW_MS), first[2]);
  assert.equal(await tokens.holderOf(texts[1]!, NOW_MS), first[1]);
  const again = await tokens.holderOf(texts[0]!, NOW_MS);
  assert.notEqual(again, first[0]);
  assert.deepEqual(again, ACME);
});
