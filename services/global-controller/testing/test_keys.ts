import { exportJWK, generateKeyPair } from "jose";
import { loadSigningKeys, type SigningKeys } from "../auth/signing_keys.ts";

/** `DT_SIGNING_KEY` as an operator would set it. */
export async function createSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return JSON.stringify({ ...await exportJWK(privateKey), kid: crypto.randomUUID() });
}

/** Fresh keys as an operator would set them. */
export async function createTestKeys(): Promise<SigningKeys> {
  return await loadSigningKeys(await createSigningKey());
}
