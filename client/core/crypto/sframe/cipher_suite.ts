import { writeUnsigned64 } from "../../../../proto/media_frame/unsigned64.ts";
import { concatenate, label } from "../byte_string.ts";
import { hkdf, type HkdfHash } from "../hkdf.ts";
import { SFrameError, type SFrameHeader, sframeHeaderLength, writeSFrameHeader } from "./header.ts";

/** Length of the authentication tag, bytes. */
export const SFRAME_TAG_LENGTH = 16;
/** Length of the nonce and of the salt that it is made from, bytes. */
const NONCE_LENGTH = 12;
const KEY_LABEL = label("SFrame 1.0 Secret key ");
const SALT_LABEL = label("SFrame 1.0 Secret salt ");

/** An AES-GCM cipher suite of RFC 9605, section 4.5. */
export interface SFrameCipherSuite {
  readonly id: number;
  readonly hash: HkdfHash;
  /** Length of the encryption key, bytes. */
  readonly keyLength: number;
}

/** Suite 4, the only one that Dark Tower uses: nothing to negotiate, nothing to downgrade. */
export const AES_128_GCM_SHA256_128: SFrameCipherSuite = { id: 4, hash: "SHA-256", keyLength: 16 };

/** What encrypts the objects of one KID: imported once, used for every frame. */
export interface SFrameKey {
  readonly kid: number;
  readonly key: CryptoKey;
  readonly salt: Uint8Array<ArrayBuffer>;
}

/** Derives key and salt from a base key (RFC 9605, section 4.4.2). */
export async function deriveSFrameKey(
  baseKey: Uint8Array<ArrayBuffer>,
  kid: number,
  suite: SFrameCipherSuite = AES_128_GCM_SHA256_128,
): Promise<SFrameKey> {
  const context = new Uint8Array(10);
  const view = new DataView(context.buffer);
  writeUnsigned64(kid, view, 0);
  view.setUint16(8, suite.id);
  const [keyBytes, salt] = await Promise.all([
    hkdf(baseKey, concatenate(KEY_LABEL, context), suite.keyLength, suite.hash),
    hkdf(baseKey, concatenate(SALT_LABEL, context), NONCE_LENGTH, suite.hash),
  ]);
  const key = await crypto.subtle.importKey("raw", keyBytes, "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  keyBytes.fill(0);
  return { kid, key, salt };
}

/** Length of the SFrame object for a plaintext, bytes. */
export function sframeObjectLength(kid: number, counter: number, plaintextLength: number): number {
  return sframeHeaderLength(kid, counter) + plaintextLength + SFRAME_TAG_LENGTH;
}

/**
 * Encrypts `plaintext` and writes the SFrame object (header, ciphertext, tag) into `output` from
 * `offset` on, where {@link sframeObjectLength} bytes must be free. The caller answers for `counter`
 * being used once under this key.
 */
export async function sealSFrame(
  key: SFrameKey,
  counter: number,
  metadata: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
  output: Uint8Array,
  offset: number,
): Promise<void> {
  const headerLength = writeSFrameHeader(key.kid, counter, output, offset);
  const additionalData = concatenate(output.subarray(offset, offset + headerLength), metadata);
  const parameters = { name: "AES-GCM", iv: nonce(key.salt, counter), additionalData };
  const ciphertext = await crypto.subtle.encrypt(parameters, key.key, plaintext);
  output.set(new Uint8Array(ciphertext), offset + headerLength);
}

/**
 * Decrypts an SFrame object whose header has been read.
 *
 * @throws {SFrameError} "not-authentic" when object or metadata are not what was encrypted.
 */
export async function openSFrame(
  key: SFrameKey,
  header: SFrameHeader,
  metadata: Uint8Array,
  object: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const additionalData = concatenate(object.subarray(0, header.length), metadata);
  const parameters = { name: "AES-GCM", iv: nonce(key.salt, header.counter), additionalData };
  try {
    const ciphertext = object.subarray(header.length);
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key.key, ciphertext));
  } catch {
    // WebCrypto tells no more than that the tag does not fit.
    throw new SFrameError("not-authentic", "the authentication tag does not fit");
  }
}

function nonce(salt: Uint8Array, counter: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(NONCE_LENGTH);
  const view = new DataView(bytes.buffer);
  writeUnsigned64(counter, view, NONCE_LENGTH - 8);
  for (let i = 0; i < NONCE_LENGTH; i++) bytes[i]! ^= salt[i]!;
  return bytes;
}
