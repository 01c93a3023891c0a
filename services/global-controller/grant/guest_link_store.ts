import type { PageKey } from "../rest/cursor.ts";
import type { GuestLink, NewGuestLink } from "./guest_link.ts";

/** A link with its place in the list. */
export type ListedGuestLink = GuestLink & { readonly key: PageKey };

/** Guest links; their uses are counted where tokens are kept (join_token_store.ts). */
export interface GuestLinkStore {
  create(link: NewGuestLink): Promise<GuestLink>;
  /** The newest first, one more than `limit` when there are more. */
  list(
    meetingId: string,
    page: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedGuestLink[]>;
  /** Lets nobody in by the link any more. Idempotent. False when the meeting has no such link. */
  revoke(meetingId: string, linkId: string): Promise<boolean>;
}
