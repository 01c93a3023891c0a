import type { MembershipRole } from "../../auth/scope.ts";
import { conflict, forbidden } from "../../rest/api_error.ts";

/** Somebody's place in an organisation is to change. */
export interface MembershipChange {
  /** What the one who changes it is now; a program acts as an admin does. */
  readonly actorRole: MembershipRole;
  /** The person changes the own place. */
  readonly own: boolean;
  readonly previousRole: MembershipRole;
  /** Undefined: leaves the organisation. */
  readonly nextRole: MembershipRole | undefined;
  /** Owners who can sign in, without the person whose place changes. */
  readonly otherOwners: number;
}

/**
 * Owners and admins administer; only owners make or unmake owners; anybody may leave, but for the
 * last owner.
 *
 * @throws {ApiError} FORBIDDEN, or CONFLICT when no owner would be left.
 */
export function assertMembershipChange(change: MembershipChange): void {
  const { actorRole, own, previousRole, nextRole, otherOwners } = change;
  const leaves = own && nextRole === undefined;
  if (!leaves && actorRole === "member") {
    throw forbidden("this is for the organisation's owners and admins");
  }
  if (!leaves && actorRole !== "owner" && (previousRole === "owner" || nextRole === "owner")) {
    throw forbidden("only an owner makes or unmakes owners");
  }
  if (previousRole === "owner" && nextRole !== "owner" && otherOwners === 0) {
    throw conflict("the organisation needs another owner first");
  }
}
