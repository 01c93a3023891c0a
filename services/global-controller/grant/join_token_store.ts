import type { PageKey } from "../rest/cursor.ts";
import type { Grant } from "./grant.ts";
import type { JoinTokenRecord, NewJoinToken } from "./join_token_record.ts";

/** A record with its place in the list. */
export type ListedJoinToken = JoinTokenRecord & { readonly key: PageKey };

/** The join tokens that were given out. */
export interface JoinTokenStore {
  /** Keeps a token before it is given out. */
  add(token: NewJoinToken): Promise<void>;
  /**
   * Keeps a token that is given out for one use of the guest link with this secret; its grants are
   * the link's. Of callers at once no more succeed than the link has uses left.
   *
   * @param secretHash SHA-256.
   * @returns the grants; undefined when the link admits nobody to the meeting (any more).
   */
  addByGuestLink(
    token: Omit<NewJoinToken, "grants">,
    secretHash: Uint8Array,
  ): Promise<readonly Grant[] | undefined>;
  /** The newest first, one more than `limit` when there are more. */
  list(
    meetingId: string,
    page: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedJoinToken[]>;
  /** Revokes a token for good. Idempotent. Undefined when the meeting has none of that id. */
  revoke(meetingId: string, tokenId: string): Promise<JoinTokenRecord | undefined>;
  /**
   * Revokes all tokens of a participant. Idempotent.
   *
   * @returns whether there are any.
   */
  revokeAllOf(meetingId: string, participantId: string): Promise<boolean>;
  /** The ids of revoked tokens that may still be valid somewhere, at most `limit`, the newest. */
  liveRevocations(meetingId: string, limit: number): Promise<string[]>;
}
