import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { LEASE_TIMES, LeaseKeeper, type LeaseTimes } from "./lease_keeper.ts";
import {
  type Acquisition,
  type MeetingOwnership,
  OwnershipUnavailableError,
} from "./meeting_ownership.ts";
import type { OwnerTable } from "./owner_table.ts";

/** How often an acquisition is begun anew, because others were faster or the lease ran out. */
const MAX_ATTEMPTS = 5;
/** Renewals between two looks for leases that ran out long ago. */
const RENEWALS_BETWEEN_SWEEPS = 60;
/** Meetings without use here that are given up after one renewal at most. */
const MAX_GIVEN_UP = 16;

/** What a leased ownership is made of. */
export interface LeasedOwnershipOptions {
  readonly table: OwnerTable;
  /** Where clients reach this controller, and under which id it owns meetings. */
  readonly place: ControllerPlace;
  readonly clock: Clock;
  readonly log: Logger;
  readonly times?: LeaseTimes;
}

/** A meeting that is owned here. */
interface Tenure {
  readonly epoch: bigint;
  /** How many renewals had begun when it was noted. */
  readonly renewals: number;
}

/**
 * Ownership by a lease in a table that all controllers share.
 *
 * Why at any time at most one controller acknowledges changes of a meeting. The table takes a meeting
 * away from its owner only when the owner's lease has run out by the table's clock. The owner counts
 * from the moment *before* it asked for a renewal, by its monotonic clock, and stops 500 ms before
 * the lease can run out: as long as {@link mayAcknowledge} is true, nobody can have taken any of its
 * meetings since that renewal, whatever was delayed or stopped. So three moments are left to look at.
 *
 * - It rises again after a pause. The lease may have run out meanwhile, and meetings may be taken.
 *   The renewal revives the lease, and then reads which meetings are still owned, so: whoever took
 *   one did so before the revival, and is seen; whoever comes after it finds a lease that lives.
 *   (In PostgreSQL the row of the lease is locked from the look at it until the meeting is taken, and
 *   the read has a snapshot that was made after the revival.) Lost meetings are told first, then it
 *   rises.
 * - A meeting is acquired, and the answer arrives late. The meeting may be taken again before it
 *   does. It counts only if the renewal that was known when the attempt began still makes sure, when
 *   the answer arrives, that the lease has lived all the time. Else the attempt is made anew.
 * - An answer arrives while a renewal is underway, whose reading may be older than the acquisition.
 *   Such a meeting is not compared with it. If the lease may have run out before that renewal, there
 *   is another one before it rises; no meeting can be noted in between.
 *
 * An operation whose answer was lost may happen much later. A late renewal gives the lease more time
 * than is counted with here. A late release, or acquisition, hurts nobody: each acquisition of a
 * meeting that is not known to be owned gets a new epoch, also from oneself, and the older epoch can
 * release nothing.
 *
 * The clocks of two machines are never compared. What remains is a machine whose monotonic clock stands
 * still with it (a virtual machine that is suspended), and a clock of the database that is set forward:
 * against these, every write carries the epoch.
 */
export class LeasedOwnership implements MeetingOwnership {
  readonly #table: OwnerTable;
  readonly #place: ControllerPlace;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #times: LeaseTimes;
  readonly #lease: LeaseKeeper;
  /** By meeting id. */
  readonly #tenures = new Map<string, Tenure>();
  readonly #acquiring = new Map<string, Promise<Acquisition>>();
  readonly #listeners: ((meetingId: string, epoch: bigint) => void)[] = [];
  /** What nobody waits for but the end of this object; the table bounds how long each takes. */
  readonly #tidying = new Set<Promise<void>>();
  #renewals = 0;

  /** Begins the lease at once; the table ends with this object. */
  constructor({ table, place, clock, log, times = LEASE_TIMES }: LeasedOwnershipOptions) {
    this.#table = table;
    this.#place = place;
    this.#clock = clock;
    this.#log = log;
    this.#times = times;
    this.#lease = new LeaseKeeper({ clock, times, log, prolong: () => this.#prolong() });
  }

  acquire(meetingId: string): Promise<Acquisition> {
    const tenure = this.#tenures.get(meetingId);
    if (tenure !== undefined && this.mayAcknowledge()) {
      return Promise.resolve({ outcome: "owned", epoch: tenure.epoch });
    }
    const underway = this.#acquiring.get(meetingId);
    if (underway !== undefined) return underway;
    const acquiring = this.#acquire(meetingId).finally(() => this.#acquiring.delete(meetingId));
    this.#acquiring.set(meetingId, acquiring);
    return acquiring;
  }

  async release(meetingId: string, epoch: bigint): Promise<void> {
    if (this.#tenures.get(meetingId)?.epoch !== epoch) return;
    this.#tenures.delete(meetingId);
    await this.#table.release(meetingId, this.#place.controllerId, epoch);
  }

  mayAcknowledge(): boolean {
    return this.#lease.surelyLives();
  }

  onLost(listener: (meetingId: string, epoch: bigint) => void): void {
    this.#listeners.push(listener);
  }

  /** Gives up all meetings, for anyone to take at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease[Symbol.asyncDispose]();
    this.#tenures.clear();
    await Promise.all(this.#tidying);
    await this.#table.depart(this.#place.controllerId).catch((error) => {
      this.#log.warn("lease not ended, it runs out", { error });
    });
    await this.#table[Symbol.asyncDispose]();
  }

  async #acquire(meetingId: string): Promise<Acquisition> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (!this.#lease.surelyLives()) await this.#lease.renew();
      const { renewedAt } = this.#lease;
      const known = this.#tenures.get(meetingId)?.epoch;
      const found = await this.#table.acquire(meetingId, this.#place.controllerId, known);
      if (found.outcome === "again" || !this.#lease.wasAlive(renewedAt)) continue;
      // Lost or released meanwhile: the answer may be older than that.
      if (this.#tenures.get(meetingId)?.epoch !== known) continue;
      if (found.outcome === "ended") return found;
      if (found.outcome === "elsewhere" || found.epoch !== known) this.#lose(meetingId);
      if (found.outcome === "owned") {
        this.#tenures.set(meetingId, { epoch: found.epoch, renewals: this.#renewals });
      }
      return found;
    }
    throw new OwnershipUnavailableError("the lease runs out before the meeting is owned");
  }

  /** @returns when the renewal began that makes sure of all meetings that are left. */
  async #prolong(): Promise<number> {
    while (true) {
      const renewal = ++this.#renewals;
      const begunAt = this.#clock.now();
      const owned = await this.#table.renew(this.#place, this.#times.lifetimeMs);
      const tenures = [...this.#tenures];
      const compared = tenures.filter(([, tenure]) => tenure.renewals < renewal);
      if (compared.length < tenures.length && !this.#lease.surelyLives()) continue;
      for (const [meetingId, { epoch }] of compared) {
        if (owned.get(meetingId) !== epoch) this.#lose(meetingId);
      }
      this.#giveUpUnused(owned);
      if (renewal % RENEWALS_BETWEEN_SWEEPS === 0) this.#quietly(this.#table.sweep());
      return begunAt;
    }
  }

  /** What an answer that was lost, or a release that failed, left to this controller. */
  #giveUpUnused(owned: ReadonlyMap<string, bigint>): void {
    const unused = [...owned].filter(([meetingId]) =>
      !this.#tenures.has(meetingId) && !this.#acquiring.has(meetingId)
    );
    for (const [meetingId, epoch] of unused.slice(0, MAX_GIVEN_UP)) {
      this.#quietly(this.#table.release(meetingId, this.#place.controllerId, epoch));
    }
  }

  #quietly(operation: Promise<void>): void {
    const tidying = operation
      .catch((error) => this.#log.debug("lease not tidied", { error }))
      .finally(() => this.#tidying.delete(tidying));
    this.#tidying.add(tidying);
  }

  #lose(meetingId: string): void {
    const tenure = this.#tenures.get(meetingId);
    if (tenure === undefined) return;
    this.#tenures.delete(meetingId);
    for (const listener of this.#listeners) listener(meetingId, tenure.epoch);
  }
}
