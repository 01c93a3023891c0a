import type { KeyDelivery } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import { invalid } from "../meeting/refusal.ts";

/** Most wrapped keys in one message. */
export const MAX_WRAPPED_KEYS = 500;
/** Longest wrapped key, bytes. */
export const MAX_WRAPPED_KEY_LENGTH = 1024;

/** One key message and who gets it. */
export interface WrappedKeyFor {
  readonly recipientId: string;
  readonly message: Uint8Array;
}

/**
 * The key messages to hand on, opaque to us.
 *
 * @throws {Refusal} INVALID_REQUEST when there are none or too many, or one is empty or too long.
 */
export function readKeyDelivery(delivery: KeyDelivery): readonly WrappedKeyFor[] {
  const { keys } = delivery;
  if (keys.length === 0 || keys.length > MAX_WRAPPED_KEYS) {
    throw invalid(`key_delivery has ${keys.length} keys, not 1 to ${MAX_WRAPPED_KEYS}`);
  }
  return keys.map(({ recipientId, message }) => {
    readUuidField("recipient_id", recipientId);
    if (message.length === 0 || message.length > MAX_WRAPPED_KEY_LENGTH) {
      throw invalid(`a wrapped key has ${message.length} bytes, not 1 to 1024`);
    }
    return { recipientId, message };
  });
}
