import type { MembershipRole } from "../scope.ts";

/** A person who has an account. */
export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string;
  /** BCP 47; empty: the browser's. */
  readonly locale: string;
  /** IANA name; empty: the browser's. */
  readonly timeZone: string;
  /** The operator lets this person sign in no more. */
  readonly disabled: boolean;
}

/** What a person is in one organisation. */
export interface AccountMembership {
  readonly organisationId: string;
  readonly slug: string;
  readonly name: string;
  readonly role: MembershipRole;
}

/** An account at an OpenID Connect provider (OpenID Connect Core 1.0, 2). */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** A person without an account yet. */
export interface NewAccount {
  readonly displayName: string;
  /** From a SecretHasher. */
  readonly passwordHash?: string;
  readonly identity?: Identity;
}

/** An invitation that can be accepted. */
export interface OpenInvitation {
  readonly organisationId: string;
  readonly email: string;
}

/** Somebody who just became a member. */
export interface NewMember {
  readonly account: Account;
  readonly organisationId: string;
  readonly role: MembershipRole;
}

/**
 * The people who have accounts, how they prove who they are, and where they belong: what signing in
 * needs to know. Addresses that differ in case alone are the same.
 */
export interface AccountDirectory {
  find(userId: string): Promise<Account | undefined>;
  findByEmail(email: string): Promise<Account | undefined>;
  findByIdentity(identity: Identity): Promise<Account | undefined>;

  /** The hash of the person's password; undefined without one. */
  passwordHash(userId: string): Promise<string | undefined>;
  /**
   * Gives the person another password, and ends all of the person's login sessions but one, and the
   * links by which a password could be chosen; all of it or nothing.
   */
  setPassword(userId: string, passwordHash: string, keptSessionId: string): Promise<void>;

  /**
   * Adds a person.
   *
   * @throws {ApiError} CONFLICT when the address has an account.
   */
  createUser(email: string, person: NewAccount): Promise<Account>;

  /**
   * Gives the identity to the account that has its proven address. A password that somebody set
   * without proof that the address was theirs ends here, with all login sessions.
   */
  linkIdentity(userId: string, identity: Identity): Promise<void>;

  /** Where the person belongs, the longest membership first. */
  membershipsOf(userId: string): Promise<AccountMembership[]>;

  /** @param tokenHash SHA-256 of the invitation's token. */
  findInvitation(tokenHash: Uint8Array): Promise<OpenInvitation | undefined>;

  /**
   * Makes the person with the account, or a new person with the invited address, what the
   * invitation says; once.
   *
   * @returns undefined when the invitation is good no more.
   * @throws {ApiError} CONFLICT when the address has an account already and `person` is new.
   */
  acceptInvitation(
    tokenHash: Uint8Array,
    person: { readonly userId: string } | NewAccount,
  ): Promise<NewMember | undefined>;

  /**
   * Makes the person with the account, or a new one, a member of the organisation called `slug`.
   *
   * @returns undefined when there is no such organisation, or it has no room; nobody is added then.
   * @throws {ApiError} CONFLICT when the address has an account already and `person` is new.
   */
  join(
    slug: string,
    person: { readonly userId: string } | NewAccount & { readonly email: string },
  ): Promise<NewMember | undefined>;
}
