/** What all refresh tokens of one login session begin with, bytes. */
const FAMILY_LENGTH = 16;
const SECRET_LENGTH = 32;
const FORM = /^[A-Za-z0-9_-]{64}$/;

/** A refresh token as the database knows it. */
export interface RefreshTokenHashes {
  /** SHA-256 of the part that names the login session, known to nobody but its browser. */
  readonly family: Uint8Array;
  /** SHA-256 of the part that changes with each use. */
  readonly secret: Uint8Array;
}

/** A refresh token and its hashes. */
export interface RefreshToken extends RefreshTokenHashes {
  /** 64 base64url characters. */
  readonly text: string;
}

/** A new refresh token: of a new login session, or the one that follows `previous`. */
export async function createRefreshToken(previous?: string): Promise<RefreshToken> {
  const bytes = crypto.getRandomValues(new Uint8Array(FAMILY_LENGTH + SECRET_LENGTH));
  if (previous !== undefined) bytes.set(decode(previous).subarray(0, FAMILY_LENGTH));
  const text = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  return { text, ...await hashes(bytes) };
}

/** The hashes of what a browser sent; undefined when it is no refresh token. */
export async function readRefreshToken(text: string): Promise<RefreshTokenHashes | undefined> {
  return FORM.test(text) ? await hashes(decode(text)) : undefined;
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

async function hashes(bytes: Uint8Array<ArrayBuffer>): Promise<RefreshTokenHashes> {
  const sha256 = async (part: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", part));
  return {
    family: await sha256(bytes.subarray(0, FAMILY_LENGTH)),
    secret: await sha256(bytes.subarray(FAMILY_LENGTH)),
  };
}
