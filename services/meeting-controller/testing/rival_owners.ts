import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { type Clock, pause } from "../clock.ts";
import type { LeaseTimes } from "../ownership/lease_keeper.ts";
import { LeasedOwnership } from "../ownership/leased_ownership.ts";
import { OwnershipUnavailableError } from "../ownership/meeting_ownership.ts";
import type { OwnerTable } from "../ownership/owner_table.ts";
import { UnreliableOwnerTable } from "./unreliable_owner_table.ts";

/** One of those who want to own the meetings. */
class Rival {
  readonly controllerId = crypto.randomUUID();
  readonly table: UnreliableOwnerTable;
  readonly ownership: LeasedOwnership;
  /** Epochs of the meetings that it believes to own. */
  readonly epochs = new Map<string, bigint>();
  /** Whether it was told to have lost what it did not own. */
  lostMore = false;

  constructor(
    options: { table: OwnerTable; clock: Clock; times: LeaseTimes; random: () => number },
  ) {
    const { clock, random, times } = options;
    // Longer than a lease lives: what was sent under one may arrive under the next.
    const faults = { clock, random, longestMs: 1.5 * times.lifetimeMs };
    const { controllerId } = this;
    this.table = new UnreliableOwnerTable(options.table, faults);
    this.ownership = new LeasedOwnership({
      table: this.table,
      place: { controllerId, endpoint: "https://rival.example", certificateHashes: [] },
      clock,
      log: createLogger("rival"),
      times,
    });
    this.ownership.onLost((meetingId, epoch) => {
      if (this.epochs.get(meetingId) !== epoch) this.lostMore = true;
      this.epochs.delete(meetingId);
    });
  }
}

/** What {@link RivalOwners} are made of. */
export interface RivalOwnersOptions {
  /** Each of the rivals has its own way to the same table. */
  readonly table: OwnerTable;
  readonly clock: Clock;
  readonly times: LeaseTimes;
  readonly random: () => number;
  readonly rivals: number;
  readonly meetingIds: readonly string[];
}

/**
 * Controllers that all want the same meetings, take them and give them up at random over unreliable
 * ways to the table; whoever holds one may acknowledge changes alone.
 */
export class RivalOwners implements AsyncDisposable {
  readonly #options: RivalOwnersOptions;
  readonly #rivals: readonly Rival[];
  /** By meeting: the highest epoch under which anybody could acknowledge. */
  readonly #highest = new Map<string, bigint>();
  /** Who had which epoch of which meeting. */
  readonly #owners = new Map<string, string>();
  #failure: unknown;

  constructor(options: RivalOwnersOptions) {
    this.#options = options;
    this.#rivals = Array.from({ length: options.rivals }, () => new Rival(options));
  }

  /** How many epochs had an owner. */
  get epochs(): number {
    return this.#owners.size;
  }

  /** Lets them compete for that long. */
  async run(durationMs: number): Promise<void> {
    const { clock, random, times } = this.#options;
    const end = clock.now() + durationMs;
    const { signal } = new AbortController();
    while (clock.now() < end) {
      const rival = this.#rivals[Math.floor(random() * this.#rivals.length)]!;
      void this.#act(rival);
      await pause(clock, random() * times.renewalMs / 4, signal);
      this.check();
    }
  }

  /**
   * Compares what all believe at this moment.
   *
   * @throws {AssertionError} when two may acknowledge changes of one meeting, or an epoch falls.
   */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    assert.ok(!this.#rivals.some(({ lostMore }) => lostMore), "what was lost had been owned");
    for (const meetingId of this.#options.meetingIds) {
      const able = this.#rivals.filter(({ ownership, epochs }) =>
        ownership.mayAcknowledge() && epochs.has(meetingId)
      );
      assert.ok(able.length <= 1, `${able.length} owners of one meeting`);
      const epoch = able[0]?.epochs.get(meetingId);
      if (epoch === undefined) continue;
      assert.ok(epoch >= (this.#highest.get(meetingId) ?? 0n), "an epoch fell");
      this.#highest.set(meetingId, epoch);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#rivals.map(({ table }) => table[Symbol.asyncDispose]()));
    await Promise.all(this.#rivals.map(({ ownership }) => ownership[Symbol.asyncDispose]()));
  }

  async #act({ controllerId, ownership, epochs }: Rival): Promise<void> {
    const { random, meetingIds } = this.#options;
    const meetingId = meetingIds[Math.floor(random() * meetingIds.length)]!;
    const epoch = epochs.get(meetingId);
    try {
      if (epoch !== undefined && random() < 0.5) {
        epochs.delete(meetingId);
        return await ownership.release(meetingId, epoch);
      }
      const found = await ownership.acquire(meetingId);
      if (found.outcome !== "owned") return;
      const owner = this.#owners.get(`${meetingId} ${found.epoch}`) ?? controllerId;
      assert.equal(owner, controllerId, "one epoch has one owner");
      this.#owners.set(`${meetingId} ${found.epoch}`, controllerId);
      epochs.set(meetingId, found.epoch);
      this.check();
    } catch (error) {
      if (!(error instanceof OwnershipUnavailableError)) this.#failure ??= error;
    }
  }
}
