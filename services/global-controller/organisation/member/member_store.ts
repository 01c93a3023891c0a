import type { MembershipRole } from "../../auth/scope.ts";
import type { Page, pageOf } from "../../rest/cursor.ts";
import type { Member } from "./member.ts";

/** Who changes somebody's place in an organisation. */
export interface MembershipActor {
  /** Null: a program, which acts as an admin does. */
  readonly userId: string | null;
}

/** The people of each organisation. */
export interface MemberStore {
  /** The newest first. */
  list(organisationId: string, page: Page): Promise<ReturnType<typeof pageOf<Member>>>;

  /**
   * Gives a member another role, by the rules of `membership_rules.ts`; exact while others change
   * roles of the same organisation. Ends the open invitations that the member could make no more.
   *
   * @returns the member, and the role before.
   * @throws {ApiError} NOT_FOUND, FORBIDDEN, CONFLICT.
   */
  changeRole(
    organisationId: string,
    userId: string,
    role: MembershipRole,
    actor: MembershipActor,
  ): Promise<{ member: Member; previousRole: MembershipRole }>;

  /**
   * Takes a member out of the organisation with all open invitations that the member made, and
   * tells its webhooks `member.removed`.
   *
   * @throws {ApiError} NOT_FOUND, FORBIDDEN, CONFLICT.
   */
  remove(organisationId: string, userId: string, actor: MembershipActor): Promise<void>;
}
