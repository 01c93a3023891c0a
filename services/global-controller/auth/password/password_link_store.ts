import type { NewPasswordLink } from "./password_link.ts";

/** Whose link, and who asks for it. */
export interface PasswordLinkRequest {
  readonly organisationId: string;
  readonly userId: string;
  readonly actorId: string;
}

/** A person who has just chosen another password. */
export interface PasswordReset {
  readonly userId: string;
  /** Whose owner or admin made the link; null: the operator. */
  readonly organisationId: string | null;
}

/** Links by which people who forgot their password choose another: one a person, the last made. */
export interface PasswordLinkStore {
  /**
   * Makes a link by the rules of `password_link_rules.ts`, as the organisation is now.
   *
   * @throws {ApiError} NOT_FOUND, FORBIDDEN, CONFLICT.
   */
  create(request: PasswordLinkRequest): Promise<NewPasswordLink>;

  /** The operator's link, for anybody; undefined when nobody has the address. */
  createFor(email: string): Promise<NewPasswordLink | undefined>;

  /**
   * Whether a link is good: not used, not over, and, unless it is the operator's, the person is in
   * the same role of the same organisation alone, and whoever made it may still do so.
   */
  isGood(tokenHash: Uint8Array): Promise<boolean>;

  /**
   * Uses a link up: the person has this password, and all of the person's login sessions end; all
   * of it or nothing. Of several uses at once one succeeds.
   *
   * @returns undefined when the link is not good (any more).
   */
  use(tokenHash: Uint8Array, passwordHash: string): Promise<PasswordReset | undefined>;
}
