import type { Scope } from "../../auth/scope.ts";

const RANDOM_BYTES = 16;

/** API clients that one organisation may have: each has a rate limit of its own. */
export const MAX_API_CLIENTS = 100;

/** A program with a client id and a secret (specification 1.4), as lists show it. */
export interface ManagedApiClient {
  readonly clientId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
}

/** A new client's id; never a UUID, which is a person's. */
export function createClientId(): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return `client_${random.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}
