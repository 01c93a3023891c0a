import type { MeetingControllerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import {
  type KnownMeeting,
  type MeetingFacts,
  type ModerationAction,
  SupersededOwnerError,
} from "../facts/meeting_facts.ts";
import type { StateNotes } from "../meeting/meeting_context.ts";
import { unavailable } from "../meeting/refusal.ts";
import type { Tenure } from "../meeting/tenure.ts";
import type { MeetingOwnership } from "../ownership/meeting_ownership.ts";
import { MeetingJournal } from "../state/journal.ts";
import {
  type MeetingStateStore,
  StaleEpochError,
  STATE_KEEP_INTERVAL_MS,
} from "../state/meeting_state_store.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";

/** What tenures stand on. */
export interface TenureEnvironment {
  readonly ownership: MeetingOwnership;
  readonly store: MeetingStateStore;
  readonly facts: MeetingFacts;
  /** Where else the meeting may go on, the best first. */
  readonly alternatives: (meetingId: string) => MeetingControllerInfo[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** What an acquisition found. */
export interface TenureStart {
  readonly meetingId: string;
  readonly epoch: bigint;
  readonly known: KnownMeeting;
  readonly restored: RestoredMeeting | undefined;
  /** The fields that {@link restored} was read from. */
  readonly stored: ReadonlyMap<string, Uint8Array>;
}

/** Where a tenure stands. It never comes back from "over". */
type Phase =
  | "running"
  /** All is being written for the next owner: nothing changes meanwhile. */
  | "handing-over"
  | "over";

/** How a tenure ended: another controller took the meeting, was given it, or nobody needs it. */
export type TenureEnd = "lost" | "handed over" | "released";

/** A meeting that this controller acquired, in PostgreSQL and in the store of running meetings. */
export class OwnedTenure implements Tenure {
  readonly epoch: bigint;
  readonly known: KnownMeeting;
  readonly restored: RestoredMeeting | undefined;
  readonly #meetingId: string;
  readonly #environment: TenureEnvironment;
  readonly #log: Logger;
  readonly #journal: MeetingJournal;
  /** What to add to the monotonic clock to have the store's. */
  readonly #storeOffsetMs: number;
  readonly #over = new AbortController();
  #phase: Phase = "running";
  #snapshot: () => ReadonlyMap<string, Uint8Array>;
  #cancelKeep: () => void = () => undefined;

  constructor(start: TenureStart, environment: TenureEnvironment) {
    const { meetingId, epoch, known, restored, stored } = start;
    const { clock, log, store } = environment;
    this.#meetingId = meetingId;
    this.epoch = epoch;
    this.known = known;
    this.restored = restored;
    // A store that is emptied before the meeting is made of it gets back what it had.
    this.#snapshot = () => stored;
    this.#environment = environment;
    this.#log = log.with({ meetingId, epoch });
    this.#storeOffsetMs = (restored?.nowMs ?? clock.wallNow()) - clock.now();
    this.#journal = new MeetingJournal({
      meetingId,
      epoch,
      store,
      snapshot: () => this.#snapshot(),
      onStale: () => this.superseded(),
      clock,
      log: this.#log,
    });
    this.#planKeep();
  }

  get notes(): StateNotes {
    return this.#journal;
  }

  /** Aborts once the meeting is not owned here any more; {@link outcome} tells why. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Undefined while it is owned here. */
  get outcome(): TenureEnd | undefined {
    return this.#over.signal.aborted ? this.#over.signal.reason : undefined;
  }

  /** From now on, what is stored when all has to be. */
  describeBy(snapshot: () => ReadonlyMap<string, Uint8Array>): void {
    this.#snapshot = snapshot;
  }

  async stored(): Promise<void> {
    try {
      await this.#journal.stored();
    } catch (error) {
      if (error instanceof StaleEpochError) this.superseded();
      throw unavailable(error);
    }
    if (!this.mayAcknowledge()) throw unavailable();
  }

  mayAcknowledge(): boolean {
    return this.#phase === "running" && this.#environment.ownership.mayAcknowledge();
  }

  async record(actions: readonly ModerationAction[]): Promise<void> {
    if (!this.mayAcknowledge()) throw unavailable();
    try {
      await this.#environment.facts.record(this.#meetingId, this.epoch, actions);
    } catch (error) {
      if (error instanceof SupersededOwnerError) this.superseded();
      throw unavailable(error);
    }
    // It is recorded, and somebody else may own the meeting by now: it is for that one to obey it.
    if (!this.mayAcknowledge()) throw unavailable();
  }

  async loadFacts(): Promise<KnownMeeting | undefined> {
    return await this.#environment.facts.load(this.#meetingId);
  }

  storeNow(): number {
    return this.#environment.clock.now() + this.#storeOffsetMs;
  }

  alternatives(): MeetingControllerInfo[] {
    return this.#environment.alternatives(this.#meetingId);
  }

  superseded(): void {
    if (this.#phase === "over") return;
    this.#end("lost");
    // Nothing happens when it is another's; should it be ours after all, it is free at once.
    this.#giveUp().catch(() => undefined);
  }

  /**
   * Nobody needs the meeting any more: all but its epoch is forgotten, and anyone may take it.
   * Never rejects: what cannot be told now goes by itself, with the lease or after its lifetime.
   */
  async release(): Promise<void> {
    if (this.#phase === "over") return;
    this.#end("released");
    try {
      await this.#environment.store.forget(this.#meetingId, this.epoch);
    } catch (error) {
      this.#log.warn("meeting was not forgotten", { error });
    }
    await this.#giveUp().catch((error) => this.#log.warn("meeting was not released", { error }));
  }

  /**
   * Writes everything for the next owner and lets anyone take the meeting. Nothing changes
   * meanwhile. When that fails, the meeting stays and goes on here.
   *
   * @returns whether it is not ours any more.
   */
  async handOver(): Promise<boolean> {
    if (this.#phase !== "running") return this.#phase === "over";
    this.#phase = "handing-over";
    try {
      await this.#environment.store.replace(this.#meetingId, this.epoch, this.#snapshot());
    } catch (error) {
      if (error instanceof StaleEpochError) this.superseded();
      if (this.#isOver()) return true;
      this.#log.warn("meeting could not be handed over", { error });
      this.#phase = "running";
      return false;
    }
    if (this.#isOver()) return true;
    this.#end("handed over");
    // From here on it is not ours, whether or not the release is heard: it is tidied with the lease.
    await this.#giveUp().catch((error) => this.#log.warn("meeting was not released", { error }));
    return true;
  }

  #isOver(): boolean {
    return this.#phase === "over";
  }

  #end(outcome: TenureEnd): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#cancelKeep();
    this.#journal.end();
    this.#log.info(outcome === "lost" ? "meeting lost" : "meeting released");
    this.#over.abort(outcome);
  }

  async #giveUp(): Promise<void> {
    await this.#environment.ownership.release(this.#meetingId, this.epoch);
  }

  #planKeep(): void {
    this.#cancelKeep = this.#environment.clock.after(STATE_KEEP_INTERVAL_MS, () => {
      this.#journal.keep();
      this.#planKeep();
    });
  }
}
