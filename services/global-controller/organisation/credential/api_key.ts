import type { Scope } from "../../auth/scope.ts";
import { createSecretToken } from "../secret_token.ts";

const MARK = "dt_";
/** Characters of a key that stay readable in lists: the mark and 42 bits of 256. */
const SHOWN_LENGTH = MARK.length + 7;

/** Keys that one organisation may have: each has a rate limit of its own. */
export const MAX_API_KEYS = 100;

/** What an API key looks like: `dt_` and 256 random bits in base64url. */
export const API_KEY = /^dt_[A-Za-z0-9_-]{43}$/;

/** A program's secret that it sends with each request, as lists show it. */
export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  /** The start of its text, by which people tell keys apart. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** Undefined: good until it is revoked. */
  readonly expiresAt: Date | undefined;
  /** To the minute. */
  readonly lastUsedAt: Date | undefined;
}

/** The text of a new key. */
export function createApiKeyText(): string {
  return MARK + createSecretToken();
}

/** What lists show of the key. */
export function apiKeyPrefix(text: string): string {
  return text.slice(0, SHOWN_LENGTH);
}
