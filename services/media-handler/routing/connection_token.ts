/** Random bytes in a connection token. */
const TOKEN_BYTES = 32;

/** A new connection token: 256 random bits as base64url without padding (RFC 4648, section 5). */
export function createConnectionToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
