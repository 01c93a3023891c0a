import {
  ErrorCode,
  type MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { KnownMeeting } from "../facts/meeting_facts.ts";
import { Refusal, unavailable } from "../meeting/refusal.ts";
import { describeController } from "../placement/controller_directory.ts";
import { restoreMeeting } from "../state/meeting_fields.ts";
import { StateStoreAwayError, type StoredMeeting } from "../state/meeting_state_store.ts";
import { OwnedTenure, type TenureEnvironment } from "./owned_tenure.ts";

/** The epoch of a meeting that nobody owned before: nothing can be stored of it. */
const FIRST_EPOCH = 1n;

/** Acquires meetings, and hears when one is another's. */
export class Tenures {
  readonly #running = new Map<string, OwnedTenure>();
  /** Meetings that are being acquired, with the highest epoch that is known to be another's. */
  readonly #beginning = new Map<string, bigint | undefined>();
  readonly #environment: TenureEnvironment;

  constructor(environment: TenureEnvironment) {
    this.#environment = environment;
    environment.ownership.onLost((meetingId, epoch) => this.#onLost(meetingId, epoch + 1n));
    environment.store.onOpened((meetingId, epoch) => this.#onLost(meetingId, epoch));
  }

  /**
   * Owns the meeting from now on, and knows all that is known of it: for good, and as the owner
   * before left it.
   *
   * @throws {Refusal} MOVED with its controller, NOT_FOUND when it ended, UNAVAILABLE.
   */
  async begin(meetingId: string): Promise<OwnedTenure> {
    this.#beginning.set(meetingId, undefined);
    try {
      return await this.#begin(meetingId);
    } finally {
      this.#beginning.delete(meetingId);
    }
  }

  /** Where else the meeting may go on, the best first. */
  alternatives(meetingId: string): MeetingControllerInfo[] {
    return this.#environment.alternatives(meetingId);
  }

  async #begin(meetingId: string): Promise<OwnedTenure> {
    const epoch = await this.#acquire(meetingId);
    this.#environment.log.info("meeting owned", { meetingId, epoch });
    let known: KnownMeeting | undefined;
    let stored: StoredMeeting | undefined;
    try {
      [known, stored] = await Promise.all([
        this.#environment.facts.load(meetingId),
        this.#open(meetingId, epoch),
      ]);
    } catch (error) {
      await this.#giveUp(meetingId, epoch);
      throw unavailable(error);
    }
    if (known === undefined) {
      await this.#giveUp(meetingId, epoch);
      throw ended();
    }
    const tenure = this.#start(meetingId, epoch, known, stored);
    this.#running.set(meetingId, tenure);
    tenure.over.addEventListener("abort", () => {
      if (this.#running.get(meetingId) === tenure) this.#running.delete(meetingId);
    }, { once: true });
    const foreign = this.#beginning.get(meetingId);
    if (foreign !== undefined && foreign > epoch) {
      tenure.superseded();
      throw unavailable();
    }
    return tenure;
  }

  #start(
    meetingId: string,
    epoch: bigint,
    known: KnownMeeting,
    stored: StoredMeeting | undefined,
  ): OwnedTenure {
    const restored = stored && restoreMeeting(stored, this.#environment.log.with({ meetingId }));
    const fields = stored?.fields ?? new Map();
    return new OwnedTenure(
      { meetingId, epoch, known, restored, stored: fields },
      this.#environment,
    );
  }

  /** From this epoch on, the meeting is another's. */
  #onLost(meetingId: string, foreign: bigint): void {
    const tenure = this.#running.get(meetingId);
    if (tenure !== undefined && tenure.epoch < foreign) tenure.superseded();
    const before = this.#beginning.get(meetingId) ?? 0n;
    if (this.#beginning.has(meetingId) && foreign > before) this.#beginning.set(meetingId, foreign);
  }

  async #acquire(meetingId: string): Promise<bigint> {
    let acquisition;
    try {
      acquisition = await this.#environment.ownership.acquire(meetingId);
    } catch (error) {
      throw unavailable(error);
    }
    switch (acquisition.outcome) {
      case "owned":
        return acquisition.epoch;
      case "elsewhere":
        throw new Refusal(ErrorCode.MOVED, "the meeting is at another controller", {
          controller: describeController(acquisition.controller),
        });
      case "ended":
        throw ended();
    }
  }

  /** What the owner before left. Without the store, only a new meeting can begin. */
  async #open(meetingId: string, epoch: bigint): Promise<StoredMeeting | undefined> {
    try {
      return await this.#environment.store.open(meetingId, epoch);
    } catch (error) {
      if (error instanceof StateStoreAwayError && epoch === FIRST_EPOCH) return undefined;
      throw error;
    }
  }

  async #giveUp(meetingId: string, epoch: bigint): Promise<void> {
    const { ownership, log } = this.#environment;
    log.info("meeting released", { meetingId, epoch });
    await ownership.release(meetingId, epoch).catch((error) => {
      // The lease stands: whoever asks here next gets the same epoch.
      log.warn("meeting was not released", { meetingId, error });
    });
  }
}

function ended(): Refusal {
  return new Refusal(ErrorCode.NOT_FOUND, "there is no such meeting (any more)");
}
