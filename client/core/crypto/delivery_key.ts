import { equalBytes } from "./byte_string.ts";

/** Length of an uncompressed P-256 point, bytes. */
export const PUBLIC_KEY_LENGTH = 65;
/** Length of the identifier of a delivery key inside key messages, bytes. */
export const DELIVERY_KEY_ID_LENGTH = 12;
export const P256: EcKeyImportParams = { name: "ECDH", namedCurve: "P-256" };

const COORDINATE_LENGTH = 32;
const UNCOMPRESSED = 0x04;
// The curve y² = x³ - 3x + b over the field of p elements (FIPS 186-5, SP 800-186 section 3.2.1.3).
const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * True for the uncompressed form of a point on P-256. WebCrypto implementations differ in whether
 * importing checks it (Deno's does not), and a point off the curve leaks the private key that it
 * is multiplied with. The curve has no further points of small order to refuse.
 */
export function isPublicKey(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  if (bytes.length !== PUBLIC_KEY_LENGTH || bytes[0] !== UNCOMPRESSED) return false;
  const x = readInteger(bytes.subarray(1, 1 + COORDINATE_LENGTH));
  const y = readInteger(bytes.subarray(1 + COORDINATE_LENGTH));
  if (x >= FIELD || y >= FIELD) return false;
  return (y * y - (x * x * x - 3n * x + B)) % FIELD === 0n;
}

/** The first 12 bytes of SHA-256 over the public key: what names it inside a key message. */
export async function deliveryKeyId(publicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey));
  return digest.subarray(0, DELIVERY_KEY_ID_LENGTH);
}

/** An own delivery key pair; the private half of a generated one cannot leave it. */
export class DeliveryKey {
  private constructor(
    readonly pair: CryptoKeyPair,
    readonly publicKey: Uint8Array<ArrayBuffer>,
    /** 12 bytes. */
    readonly id: Uint8Array,
  ) {}

  /** A fresh key pair. */
  static async generate(): Promise<DeliveryKey> {
    return await DeliveryKey.of(await crypto.subtle.generateKey(P256, false, ["deriveBits"]));
  }

  /** A key pair that exists. */
  static async of(pair: CryptoKeyPair): Promise<DeliveryKey> {
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return new DeliveryKey(pair, publicKey, await deliveryKeyId(publicKey));
  }

  /** The identifier as text: 16 characters of base64url. */
  get keyId(): string {
    return btoa(String.fromCharCode(...this.id)).replaceAll("+", "-").replaceAll("/", "_");
  }

  /** True when `publicKey` is this very key: someone reflects it. */
  isReflectedBy(publicKey: Uint8Array): boolean {
    return equalBytes(this.publicKey, publicKey);
  }
}

function readInteger(bytes: Uint8Array): bigint {
  let hex = "0x";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return BigInt(hex);
}
