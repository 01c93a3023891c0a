import type { KeyRotation, KeyTimes } from "./key_schedule.ts";
import type { KeyPurpose } from "./token_keys.ts";

/** The public part of an Ed25519 key (RFC 8037). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}

/** A key pair that is not stored yet. */
export interface SigningKeyPair {
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  /** The private JWK, readable by the processes only. */
  readonly sealedPrivateJwk: Uint8Array;
}

/** A stored signing key. */
export interface SigningKey extends SigningKeyPair, KeyTimes {
  readonly purpose: KeyPurpose;
}

/** A key pair to add, and the times of the keys that it changes. */
export interface SigningKeyAddition extends KeyRotation<SigningKey> {
  readonly pair: SigningKeyPair;
}

/** The signing keys that all global controllers share. */
export interface SigningKeyStore {
  /** The keys that are published at `nowMs`. */
  listPublished(nowMs: number): Promise<SigningKey[]>;
  /**
   * Adds the key that `decide` makes of those published, if any. Of several processes at once one
   * decides after the other, each on what the one before left.
   */
  add(
    purpose: KeyPurpose,
    nowMs: number,
    decide: (published: readonly SigningKey[]) => Promise<SigningKeyAddition | undefined>,
  ): Promise<void>;
  /** Publishes the keys of `kids` no longer: no token that they signed is accepted. */
  withdraw(kids: readonly string[]): Promise<void>;
}
