import type { ControllerPlace } from "../placement/controller_place.ts";

/** How long a lease lives after it was renewed, milliseconds (reliability: who owns a meeting). */
export const LEASE_LIFETIME_MS = 3_000;
/** How often it is renewed, milliseconds. */
export const LEASE_RENEWAL_MS = 1_000;
/**
 * How long after the last renewal began an owner still acknowledges changes, milliseconds of its
 * own monotonic clock: less than the lease lives, so that nobody else can own the meeting yet.
 */
export const ACKNOWLEDGEMENT_LIMIT_MS = 2_500;

/** What became of an attempt to own a meeting. */
export type Acquisition =
  | { readonly outcome: "owned"; readonly epoch: bigint }
  /** Another controller owns it, and its lease lives. */
  | { readonly outcome: "elsewhere"; readonly controller: ControllerPlace }
  /** There is no such meeting, or it has ended. */
  | { readonly outcome: "ended" };

/** The store of ownership cannot be reached now. */
export class OwnershipUnavailableError extends Error {
  override readonly name = "OwnershipUnavailableError";
}

/**
 * Which meetings this controller owns, by a lease with a fencing epoch: at any time at most one
 * controller may acknowledge changes of a meeting, and each new owner has a higher epoch.
 */
export interface MeetingOwnership extends AsyncDisposable {
  /**
   * Owns the meeting, if it is free, its owner's lease has run out, or it is owned here already.
   *
   * @throws {OwnershipUnavailableError}
   */
  acquire(meetingId: string): Promise<Acquisition>;
  /**
   * Gives the meeting up, for anyone to take at once; nothing happens unless this epoch is ours.
   *
   * @throws {OwnershipUnavailableError}
   */
  release(meetingId: string, epoch: bigint): Promise<void>;
  /**
   * Whether changes may be acknowledged now. It falls as soon as the lease may run out before a
   * renewal, and rises when a renewal succeeds and the meetings are still owned here.
   */
  mayAcknowledge(): boolean;
  /** Calls `listener` when another controller owns, or may own, a meeting that was owned here. */
  onLost(listener: (meetingId: string, epoch: bigint) => void): void;
}
