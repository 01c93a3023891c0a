import type { MembershipRole } from "../../auth/scope.ts";

/** A person in an organisation. */
export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string;
  readonly role: MembershipRole;
  /** The operator lets this person sign in no more. */
  readonly disabled: boolean;
  readonly joinedAt: Date;
}
