import type { Clock } from "../clock.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { OwnershipUnavailableError } from "./meeting_ownership.ts";
import type { Attempt, OwnerTable } from "./owner_table.ts";

/** Leases and meetings that it knows at most; beyond, nothing new is taken. */
const MAX_ENTRIES = 100_000;

interface Lease {
  readonly place: ControllerPlace;
  expiresAt: number;
}

interface Owner {
  controllerId: string | undefined;
  epoch: bigint;
}

/** Leases and owners for the controllers of one process, which share this object. */
export class InProcessOwnerTable implements OwnerTable {
  readonly #clock: Pick<Clock, "now">;
  readonly #leases = new Map<string, Lease>();
  readonly #owners = new Map<string, Owner>();
  readonly #ended = new Set<string>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Nobody can own the meeting from now on. */
  end(meetingId: string): void {
    if (this.#ended.size < MAX_ENTRIES) this.#ended.add(meetingId);
  }

  /** Whether the meeting has this owner, under this epoch. */
  isOwner(meetingId: string, controllerId: string, epoch: bigint): boolean {
    const owner = this.#owners.get(meetingId);
    return owner?.controllerId === controllerId && owner.epoch === epoch;
  }

  renew(place: ControllerPlace, lifetimeMs: number): Promise<ReadonlyMap<string, bigint>> {
    const { controllerId } = place;
    if (this.#leases.size >= MAX_ENTRIES && !this.#leases.has(controllerId)) return refuse();
    this.#leases.set(controllerId, { place, expiresAt: this.#clock.now() + lifetimeMs });
    const owned = new Map<string, bigint>();
    for (const [meetingId, owner] of this.#owners) {
      if (owner.controllerId === controllerId) owned.set(meetingId, owner.epoch);
    }
    return Promise.resolve(owned);
  }

  acquire(
    meetingId: string,
    controllerId: string,
    knownEpoch: bigint | undefined,
  ): Promise<Attempt> {
    if (this.#ended.has(meetingId)) return Promise.resolve({ outcome: "ended" });
    const owner = this.#owners.get(meetingId);
    if (owner?.controllerId === controllerId && owner.epoch === knownEpoch) {
      return Promise.resolve({ outcome: "owned", epoch: owner.epoch });
    }
    if (owner?.controllerId !== undefined && owner.controllerId !== controllerId) {
      const lease = this.#leases.get(owner.controllerId);
      if (lease !== undefined && lease.expiresAt > this.#clock.now()) {
        return Promise.resolve({ outcome: "elsewhere", controller: lease.place });
      }
    }
    if (!this.#leases.has(controllerId)) return refuse();
    if (owner === undefined && this.#owners.size >= MAX_ENTRIES) return refuse();
    const epoch = (owner?.epoch ?? 0n) + 1n;
    this.#owners.set(meetingId, { controllerId, epoch });
    return Promise.resolve({ outcome: "owned", epoch });
  }

  release(meetingId: string, controllerId: string, epoch: bigint): Promise<void> {
    if (this.isOwner(meetingId, controllerId, epoch)) {
      this.#owners.set(meetingId, { controllerId: undefined, epoch });
    }
    return Promise.resolve();
  }

  depart(controllerId: string): Promise<void> {
    this.#leases.delete(controllerId);
    for (const owner of this.#owners.values()) {
      if (owner.controllerId === controllerId) owner.controllerId = undefined;
    }
    return Promise.resolve();
  }

  /** Nothing: those whom it serves end with it. */
  sweep(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new OwnershipUnavailableError("there is no room, or no lease"));
}
