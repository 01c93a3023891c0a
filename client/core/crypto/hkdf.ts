/** Hash functions that SFrame's cipher suites use. */
export type HkdfHash = "SHA-256" | "SHA-512";

/**
 * `HKDF-Expand(HKDF-Extract("", secret), info, length)` (RFC 5869). `secret` is copied before the
 * first wait.
 */
export async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  length: number,
  hash: HkdfHash = "SHA-256",
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash, salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8));
}
