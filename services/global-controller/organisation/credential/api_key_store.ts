import type { Scope } from "../../auth/scope.ts";
import type { Page, pageOf } from "../../rest/cursor.ts";
import type { ApiKey } from "./api_key.ts";

/** A key to make. */
export interface ApiKeyRequest {
  readonly organisationId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | undefined;
  /** Null: made by a program. */
  readonly createdBy: string | null;
}

/** The API keys of each organisation; auth/ is who checks them. */
export interface ApiKeyStore {
  /**
   * Makes a key; its text is known this once.
   *
   * @throws {ApiError} QUOTA_EXCEEDED beyond MAX_API_KEYS.
   */
  create(request: ApiKeyRequest): Promise<{ key: ApiKey; text: string }>;

  /** Those that are not revoked, the newest first. */
  list(organisationId: string, page: Page): Promise<ReturnType<typeof pageOf<ApiKey>>>;

  /**
   * Makes a key good for nothing.
   *
   * @returns false when it was so already.
   * @throws {ApiError} NOT_FOUND.
   */
  revoke(organisationId: string, keyId: string): Promise<boolean>;
}
