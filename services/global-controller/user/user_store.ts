import type { Page, pageOf } from "../rest/cursor.ts";
import type { User, UserChange, UserMembership } from "./user.ts";

/** The people with accounts. */
export interface UserStore {
  find(userId: string): Promise<User | undefined>;

  /**
   * Changes the profile, which gets the next version.
   *
   * @param version the one that the caller means; undefined: any.
   * @throws {ApiError} NOT_FOUND, PRECONDITION_FAILED at another version.
   */
  update(userId: string, change: UserChange, version: number | undefined): Promise<User>;

  /** The organisations that a person is in, the newest membership first. */
  memberships(userId: string, page: Page): Promise<ReturnType<typeof pageOf<UserMembership>>>;

  /**
   * Lets the person with this address sign in no more, which ends all login sessions, or again.
   *
   * @returns undefined when nobody has the address.
   */
  setDisabled(email: string, disabled: boolean): Promise<{ userId: string } | undefined>;
}
