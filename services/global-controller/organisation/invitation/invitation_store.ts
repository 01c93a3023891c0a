import type { MembershipRole } from "../../auth/scope.ts";
import type { Page, pageOf } from "../../rest/cursor.ts";
import type { Invitation, NewInvitation } from "./invitation.ts";

/** Whom to invite, and who does. */
export interface InvitationRequest {
  readonly organisationId: string;
  readonly email: string;
  readonly role: MembershipRole;
  /** Null: a program, or the operator. */
  readonly invitedBy: string | null;
}

/** The invitations of each organisation. */
export interface InvitationStore {
  /**
   * Makes an invitation; an open one for the same address stops being good, so that a lost link can
   * be made anew. Takes a member's place of the quota, exactly. Whoever invites is looked up once
   * more, so that nobody does who was removed a moment ago.
   *
   * @throws {ApiError} FORBIDDEN, CONFLICT when the address is a member's already, QUOTA_EXCEEDED.
   */
  create(request: InvitationRequest): Promise<NewInvitation>;

  /** The newest first, whatever became of them. */
  list(organisationId: string, page: Page): Promise<ReturnType<typeof pageOf<Invitation>>>;

  /**
   * Makes an invitation good for nothing.
   *
   * @returns false when it was so already.
   * @throws {ApiError} NOT_FOUND, or CONFLICT when it has been accepted.
   */
  revoke(organisationId: string, invitationId: string): Promise<boolean>;

  /** Which invitation a link leads to, and the name of its organisation. */
  findByToken(token: string): Promise<(Invitation & { organisationName: string }) | undefined>;
}
