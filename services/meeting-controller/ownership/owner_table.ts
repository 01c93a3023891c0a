import type { ControllerPlace } from "../placement/controller_place.ts";
import type { Acquisition } from "./meeting_ownership.ts";

/** One attempt to own a meeting: as {@link Acquisition}, or somebody else was faster: try again. */
export type Attempt = Acquisition | { readonly outcome: "again" };

/**
 * The leases of all controllers and the owners of all meetings, where all controllers see the same.
 * Each operation happens at one moment or not at all, also when its answer never arrives.
 */
export interface OwnerTable extends AsyncDisposable {
  /**
   * Prolongs the controller's lease, or begins it: it lives for `lifetimeMs` from now at least.
   *
   * @returns the epochs of the meetings that the controller owns, by meeting id, after that.
   * @throws {OwnershipUnavailableError}
   */
  renew(place: ControllerPlace, lifetimeMs: number): Promise<ReadonlyMap<string, bigint>>;
  /**
   * Makes the controller the owner under a new epoch, unless the lease of the meeting's owner lives.
   *
   * @param knownEpoch under which the controller owns it as far as it knows: this may stay.
   * @throws {OwnershipUnavailableError}
   */
  acquire(
    meetingId: string,
    controllerId: string,
    knownEpoch: bigint | undefined,
  ): Promise<Attempt>;
  /**
   * The meeting has no owner any more, if it had this one under this epoch.
   *
   * @throws {OwnershipUnavailableError}
   */
  release(meetingId: string, controllerId: string, epoch: bigint): Promise<void>;
  /**
   * Ends the controller's lease; it owns nothing any more.
   *
   * @throws {OwnershipUnavailableError}
   */
  depart(controllerId: string): Promise<void>;
  /**
   * Forgets some leases that ran out long ago.
   *
   * @throws {OwnershipUnavailableError}
   */
  sweep(): Promise<void>;
}
