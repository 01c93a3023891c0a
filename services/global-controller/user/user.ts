import type { MembershipRole } from "../auth/scope.ts";

/** Longest name of a person, UTF-16 units. */
export const MAX_DISPLAY_NAME_LENGTH = 200;

/** A person with an account. */
export interface User {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string;
  /** BCP 47; empty: the browser's. */
  readonly locale: string;
  /** IANA; empty: the browser's. */
  readonly timeZone: string;
  /** For If-Match. */
  readonly version: number;
  readonly createdAt: Date;
}

/** What people may change of themselves. */
export interface UserChange {
  readonly displayName?: string;
  readonly locale?: string;
  readonly timeZone?: string;
}

/** An organisation that a person is in. */
export interface UserMembership {
  readonly organisationId: string;
  readonly slug: string;
  readonly name: string;
  readonly role: MembershipRole;
  readonly joinedAt: Date;
}
