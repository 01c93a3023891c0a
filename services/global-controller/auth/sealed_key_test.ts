import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { ConfigurationError } from "../../runtime/configuration.ts";
import { createSigningKey } from "../testing/test_keys.ts";
import { SealedTextError, SealingKey } from "./sealed_key.ts";

Deno.test("a sealed text opens for every process with the same setting, and never looks the same", async () => {
  const setting = await createSigningKey();
  const [one, other] = [
    await SealingKey.derive(setting, "test"),
    await SealingKey.derive(setting, "test"),
  ];
  const sealed = await one.seal("a secret", "row 1");
  assert.equal(await other.open(sealed, "row 1"), "a secret");
  assert.notDeepEqual(await one.seal("a secret", "row 1"), sealed);
  assert.doesNotMatch(new TextDecoder().decode(sealed), /secret/);
});

Deno.test("another setting, label or context, and any changed byte, open nothing", async () => {
  const setting = await createSigningKey();
  const key = await SealingKey.derive(setting, "test");
  const sealed = await key.seal("a secret", "row 1");
  const refused = (opening: Promise<string>) => assert.rejects(opening, SealedTextError);
  await refused((await SealingKey.derive(await createSigningKey(), "test")).open(sealed, "row 1"));
  await refused((await SealingKey.derive(setting, "other")).open(sealed, "row 1"));
  await refused(key.open(sealed, "row 2"));
  await refused(key.open(new Uint8Array(), "row 1"));
  for (let index = 0; index < sealed.length; index++) {
    const changed = sealed.slice();
    changed[index]! ^= 1;
    await refused(key.open(changed, "row 1"));
  }
});

Deno.test("a signing key that is none is refused without repeating it", async () => {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const wrong = [
    "secret text",
    "null",
    "{}",
    JSON.stringify(await exportJWK(publicKey)),
    JSON.stringify({ ...jwk, d: "secret" }),
    JSON.stringify({ ...jwk, d: "secret!" }),
    JSON.stringify({ ...jwk, d: 7 }),
  ];
  for (const text of wrong) {
    await assert.rejects(SealingKey.derive(text, "test"), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});
