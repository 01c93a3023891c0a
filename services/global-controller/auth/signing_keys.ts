import { importJWK, type JWK } from "jose";
import { ConfigurationError } from "../../runtime/configuration.ts";

/** Who issues all tokens of the global controller. */
export const TOKEN_ISSUER = "dark-tower";
/** Clock difference that is forgiven when a token is checked, seconds. */
export const TOKEN_SKEW_S = 5;

/** The keys of both kinds of token that the global controller issues. */
export interface SigningKeys {
  readonly join: { readonly key: CryptoKey; readonly kid: string };
  readonly access: {
    readonly key: CryptoKey;
    readonly publicKey: CryptoKey;
    readonly kid: string;
  };
  /** The public key of join tokens as a JSON Web Key Set (RFC 7517). */
  readonly joinTokenJwks: string;
}

const ACCESS_KEY_LABEL = "dark-tower access token signing key";
/** PKCS #8 (RFC 8410) of an Ed25519 private key, up to its 32-byte seed. */
const PKCS8_ED25519_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

/**
 * Reads `DT_SIGNING_KEY`, an Ed25519 private JWK with a `kid`. Join tokens are signed with it;
 * access tokens with a key derived from it, so that no token of one kind can ever pass for the
 * other although operators keep one secret.
 *
 * @throws {ConfigurationError} when it is no such key; the message never holds it.
 */
export async function loadSigningKeys(jwkText: string): Promise<SigningKeys> {
  const jwk = parsePrivateJwk(jwkText);
  try {
    const { kid, crv, x, d } = jwk;
    const join = await importJWK({ kty: "OKP", crv, x, d }, "EdDSA");
    if (!(join instanceof CryptoKey)) throw new TypeError("not an asymmetric key");
    return {
      join: { key: join, kid },
      access: { ...await deriveAccessKey(d), kid: `${kid}-access` },
      joinTokenJwks: JSON.stringify({
        keys: [{ kty: "OKP", crv, x, kid, alg: "EdDSA", use: "sig" }],
      }),
    };
  } catch (cause) {
    throw new ConfigurationError("DT_SIGNING_KEY is not a usable Ed25519 key", { cause });
  }
}

function parsePrivateJwk(text: string): { kid: string; crv: string; x: string; d: string } {
  let jwk: JWK | null;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw new ConfigurationError("DT_SIGNING_KEY is not JSON");
  }
  const { kty, crv, x, d, kid } = jwk ?? {};
  if (kty !== "OKP" || crv !== "Ed25519" || !x || !d || !kid) {
    throw new ConfigurationError("DT_SIGNING_KEY is not a private Ed25519 JWK with a kid");
  }
  return { crv, x, d, kid };
}

async function deriveAccessKey(d: string): Promise<{ key: CryptoKey; publicKey: CryptoKey }> {
  const secret = Uint8Array.fromBase64(d, { alphabet: "base64url" });
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const seed = await crypto.subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: new TextEncoder().encode(ACCESS_KEY_LABEL),
    },
    material,
    256,
  );
  const pkcs8 = new Uint8Array([...PKCS8_ED25519_PREFIX, ...new Uint8Array(seed)]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { crv, x } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = await crypto.subtle.importKey(
    "jwk",
    { kty: "OKP", crv, x },
    "Ed25519",
    true,
    ["verify"],
  );
  return { key, publicKey };
}
