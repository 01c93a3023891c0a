import type { ContentAddress } from "../crypto/message_protection.ts";

/** How what people say is kept from the servers: sealed in an encrypted meeting, else not at all. */
export interface ContentProtection {
  /** @throws {EncryptionError} (as rejection) when it must not be sent. */
  sealContent(address: ContentAddress, plaintext: Uint8Array): Promise<Uint8Array>;
  /** @throws {DecryptionError} (as rejection) when it must not be shown. */
  openContent(senderId: string, address: ContentAddress, bytes: Uint8Array): Promise<Uint8Array>;
}

/** That of a meeting without encryption. */
export const plainContent: ContentProtection = {
  sealContent: (_address, plaintext) => Promise.resolve(plaintext),
  openContent: (_senderId, _address, bytes) => Promise.resolve(bytes),
};
