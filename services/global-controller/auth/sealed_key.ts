import type { JWK } from "jose";
import { ConfigurationError } from "../../runtime/configuration.ts";

/** AES-GCM's nonce (NIST SP 800-38D, 8.2.2: random for each sealing), bytes. */
const NONCE_LENGTH = 12;
const VERSION = 1;
const LABEL_PREFIX = "dark-tower sealing key: ";

/** A sealed text that another key sealed, that belongs elsewhere, or that was changed. */
export class SealedTextError extends Error {
  override readonly name = "SealedTextError";
}

/**
 * Encrypts what the database keeps and only the processes may read (AES-256-GCM), under a key
 * derived from `DT_SIGNING_KEY` by HKDF-SHA-256 (RFC 5869). Keys with different labels open
 * nothing of each other.
 */
export class SealingKey {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /**
   * @param signingKey `DT_SIGNING_KEY`, an Ed25519 private JWK.
   * @param label what is sealed, such as `signing keys`.
   * @throws {ConfigurationError} when it is no such key; the message never holds it.
   */
  static async derive(signingKey: string, label: string): Promise<SealingKey> {
    const secret = readPrivatePart(signingKey);
    const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    return new SealingKey(
      await crypto.subtle.deriveKey(
        {
          name: "HKDF",
          hash: "SHA-256",
          salt: new Uint8Array(),
          info: new TextEncoder().encode(LABEL_PREFIX + label),
        },
        material,
        { name: "AES-GCM", length: 256 },
        false,
        ["encrypt", "decrypt"],
      ),
    );
  }

  /**
   * @param context where the text belongs, such as the id of its row: it opens only there.
   * @returns a version byte, the nonce, and the ciphertext with its tag.
   */
  async seal(text: string, context: string): Promise<Uint8Array> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(context) },
      this.#key,
      new TextEncoder().encode(text),
    );
    return new Uint8Array([VERSION, ...nonce, ...new Uint8Array(sealed)]);
  }

  /**
   * The text that was sealed for `context`.
   *
   * @throws {SealedTextError}
   */
  async open(sealed: Uint8Array, context: string): Promise<string> {
    if (sealed[0] !== VERSION) throw new SealedTextError("a sealed text has an unknown form");
    const bytes = new Uint8Array(sealed);
    try {
      const text = await crypto.subtle.decrypt(
        {
          name: "AES-GCM",
          iv: bytes.subarray(1, 1 + NONCE_LENGTH),
          additionalData: new TextEncoder().encode(context),
        },
        this.#key,
        bytes.subarray(1 + NONCE_LENGTH),
      );
      return new TextDecoder().decode(text);
    } catch (cause) {
      throw new SealedTextError("a sealed text was not sealed by this key for this", { cause });
    }
  }
}

/** The 32 secret bytes of an Ed25519 key (RFC 8037, 2). */
function readPrivatePart(text: string): Uint8Array<ArrayBuffer> {
  let jwk: JWK | null;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw new ConfigurationError("DT_SIGNING_KEY is not JSON");
  }
  const { kty, crv, d } = jwk ?? {};
  if (kty !== "OKP" || crv !== "Ed25519" || typeof d !== "string") {
    throw new ConfigurationError("DT_SIGNING_KEY is not a private Ed25519 JWK");
  }
  let secret: Uint8Array<ArrayBuffer>;
  try {
    secret = Uint8Array.fromBase64(d, { alphabet: "base64url" });
  } catch {
    throw new ConfigurationError("DT_SIGNING_KEY is not a usable Ed25519 key");
  }
  if (secret.length !== 32) {
    throw new ConfigurationError("DT_SIGNING_KEY is not a usable Ed25519 key");
  }
  return secret;
}
