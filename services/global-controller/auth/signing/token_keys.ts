/** Who issues all tokens of the global controller. */
export const TOKEN_ISSUER = "dark-tower";
/** Clock difference that is forgiven when a token is checked, seconds. */
export const TOKEN_SKEW_S = 5;

/**
 * What a signing key is for. Each kind of token has keys of its own, so that no token of one kind
 * can ever pass for the other.
 */
export const KEY_PURPOSES = ["access", "join"] as const;
export type KeyPurpose = typeof KEY_PURPOSES[number];

/** A key that signs tokens. */
export interface TokenSigningKey {
  /** Tokens name it in their header (RFC 7515, 4.1.4). */
  readonly kid: string;
  readonly key: CryptoKey;
}

/** The Ed25519 keys by which the global controller signs and checks its tokens. */
export interface TokenKeys {
  /** The key that signs now. */
  signingKey(purpose: KeyPurpose): Promise<TokenSigningKey>;
  /** The public key called `kid`, if it is one of ours and still published. */
  verificationKey(purpose: KeyPurpose, kid: string): Promise<CryptoKey | undefined>;
}
