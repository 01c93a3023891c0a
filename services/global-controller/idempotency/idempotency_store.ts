/** A request that asks to be the one that is carried out under its key. */
export interface IdempotencyClaim {
  /** 32 bytes. */
  readonly keyHash: Uint8Array;
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  /** A UUID of this very request. */
  readonly holder: string;
}

/** What became of a claim. */
export type ClaimVerdict =
  /** Nobody was before: carry the request out, then keep or release. */
  | { readonly kind: "held" }
  /** The same request is being carried out at this moment. */
  | { readonly kind: "in_progress" }
  /** The key came with another request before. */
  | { readonly kind: "reused" }
  /** The same request was carried out. */
  | { readonly kind: "answered"; readonly answer: Uint8Array };

/** Keeps the answers of requests under their keys. */
export interface IdempotencyStore {
  claim(claim: IdempotencyClaim): Promise<ClaimVerdict>;
  /** Keeps the holder's sealed answer; does nothing when the holder took too long. */
  keep(claim: IdempotencyClaim, answer: Uint8Array): Promise<void>;
  /** Frees the key, as if the holder had never been. */
  release(claim: IdempotencyClaim): Promise<void>;
}
