import assert from "node:assert/strict";
import { HashingOverloadedError, SecretHasher } from "./secret_hasher.ts";

Deno.test("only the secret itself matches its hash, and no secret matches none", async () => {
  const hasher = new SecretHasher();
  const hash = await hasher.hash("correct horse");
  assert.match(hash, /^scrypt\$15\$8\$1\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
  assert.notEqual(await hasher.hash("correct horse"), hash);
  assert.equal(await hasher.verify("correct horse", hash), true);
  assert.equal(await hasher.verify("correct horsf", hash), false);
  assert.equal(await hasher.verify("correct horse", undefined), false);
  assert.equal(await hasher.verify("Zoe\u0308", await hasher.hash("Zo\u00eb")), true);
});

Deno.test("secrets beyond the waiting room are refused at once, and those in it are served", async () => {
  const hasher = new SecretHasher({ maxConcurrent: 2, maxWaiting: 3 });
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => hasher.hash("secret")),
  );
  const refused = results.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 3);
  for (const result of refused) {
    assert.ok(result.status === "rejected" && result.reason instanceof HashingOverloadedError);
  }
  await hasher.hash("and there is room again");
});
