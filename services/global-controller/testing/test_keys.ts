import { exportJWK, generateKeyPair } from "jose";
import type { Database } from "../../../db/connection.ts";
import { createLogger } from "../../runtime/log.ts";
import { DEFAULT_SIGNS_FOR_MS, type KeyRing } from "../auth/signing/key_ring.ts";
import { openKeyRing } from "../auth/signing/open_key_ring.ts";
import type { TokenKeys } from "../auth/signing/token_keys.ts";

/** `DT_SIGNING_KEY` as an operator would set it. */
export async function createSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return JSON.stringify({ ...await exportJWK(privateKey), kid: crypto.randomUUID() });
}

/** One key for each kind of token, for tests that need no database. */
export async function createTestKeys(): Promise<TokenKeys> {
  const pair = async (kid: string) => ({
    kid,
    ...await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true }),
  });
  const keys = { access: await pair("access-key"), join: await pair("join-key") };
  return {
    signingKey: (purpose) =>
      Promise.resolve({ kid: keys[purpose].kid, key: keys[purpose].privateKey }),
    verificationKey: (purpose, kid) =>
      Promise.resolve(kid === keys[purpose].kid ? keys[purpose].publicKey : undefined),
  };
}

/** The keys of a global controller that shares `sql` with others. */
export async function createTestKeyRing(sql: Database): Promise<KeyRing> {
  const settings = { signingKey: await createSigningKey(), signsForMs: DEFAULT_SIGNS_FOR_MS };
  return await openKeyRing(settings, sql, createLogger("test"));
}
