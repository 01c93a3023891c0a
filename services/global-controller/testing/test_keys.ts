import { exportJWK, generateKeyPair } from "jose";
import { loadSigningKeys, type SigningKeys } from "../auth/signing_keys.ts";

/** Fresh keys as an operator would set them. */
export async function createTestKeys(): Promise<SigningKeys> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return await loadSigningKeys(
    JSON.stringify({ ...await exportJWK(privateKey), kid: crypto.randomUUID() }),
  );
}
