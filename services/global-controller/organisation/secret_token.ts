const RANDOM_BYTES = 32;

/** 43 base64url characters that nobody can guess: 256 random bits. */
export function createSecretToken(): string {
  return crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What {@link createSecretToken} makes. */
export const SECRET_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * What is stored of a secret with 256 random bits: its SHA-256. Nobody can try them all, so that it
 * needs neither salt nor a slow hash, and is found by an index.
 */
export async function hashSecretToken(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
