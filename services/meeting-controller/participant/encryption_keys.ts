import { create } from "@bufbuild/protobuf";
import {
  type EncryptionKeys,
  EncryptionKeysSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { invalid } from "../meeting/refusal.ts";

/** Length of an uncompressed point of P-256 (SEC 1, section 2.3.3), bytes. */
export const PUBLIC_KEY_LENGTH = 65;
/** First byte of one. */
export const UNCOMPRESSED_POINT = 4;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_SIGNATURE_LENGTH = 128;

/**
 * A copy of a participant's public keys that holds only what we know. Whether the point is on the
 * curve is for those who encrypt to it to check: no server has a say in keys.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readEncryptionKeys(keys: EncryptionKeys): EncryptionKeys {
  const { publicKey, keyId, identityKey, credentialSignature } = keys;
  if (publicKey.length !== PUBLIC_KEY_LENGTH || publicKey[0] !== UNCOMPRESSED_POINT) {
    throw invalid("public_key is no uncompressed point of P-256 (65 bytes)");
  }
  if (!KEY_ID.test(keyId)) throw invalid("key_id is not 1 to 64 characters of base64url");
  if (identityKey.length !== 0 && identityKey.length !== PUBLIC_KEY_LENGTH) {
    throw invalid("identity_key is neither empty nor 65 bytes");
  }
  if (credentialSignature.length > MAX_SIGNATURE_LENGTH) {
    throw invalid(`credential_signature has more than ${MAX_SIGNATURE_LENGTH} bytes`);
  }
  return create(EncryptionKeysSchema, { publicKey, keyId, identityKey, credentialSignature });
}
