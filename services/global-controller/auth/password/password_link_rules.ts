import { conflict, forbidden } from "../../rest/api_error.ts";
import type { MembershipRole } from "../scope.ts";

/** Somebody wants a link by which another person chooses another password. */
export interface PasswordLinkWish {
  /** What the one who asks is in the organisation now. */
  readonly actorRole: MembershipRole;
  /** What the person is there. */
  readonly role: MembershipRole;
  /** The one who asks is the person. */
  readonly own: boolean;
  /** Whether the person is in other organisations too. */
  readonly elsewhere: boolean;
  readonly hasPassword: boolean;
}

/**
 * Whoever has the link is the person. So owners and admins make it for people who are theirs alone,
 * and only owners for owners; for somebody without a password it would be a new way in, and for
 * oneself a way around the current password.
 *
 * @throws {ApiError} FORBIDDEN or CONFLICT.
 */
export function assertMayLink(wish: PasswordLinkWish): void {
  const { actorRole, role, own, elsewhere, hasPassword } = wish;
  if (actorRole === "member") throw forbidden("this is for the organisation's owners and admins");
  if (own) throw forbidden("change your own password with the current one");
  if (role === "owner" && actorRole !== "owner") {
    throw forbidden("only an owner does so for owners");
  }
  if (elsewhere) {
    throw conflict("this person is in other organisations too: ask the operator for a link");
  }
  if (!hasPassword) throw conflict("this person signs in without a password");
}
