import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { StateNotes } from "../meeting/meeting_context.ts";
import {
  checkField,
  type MeetingStateStore,
  StaleEpochError,
  type StateChanges,
  StateStoreAwayError,
} from "./meeting_state_store.ts";

/** Fields noted while a write is under way; beyond, all of the meeting is written instead. */
export const MAX_PENDING_FIELDS = 1_024;
/** First and longest wait before a store that is away is tried again, milliseconds. */
export const STORE_RETRY_MS = 250;
export const STORE_RETRY_LIMIT_MS = 2_000;

/** Of which meeting a journal is kept, and where. */
export interface MeetingJournalOptions {
  readonly meetingId: string;
  readonly epoch: bigint;
  readonly store: MeetingStateStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** All fields of the meeting as they are now, with everything noted so far. */
  readonly snapshot: () => ReadonlyMap<string, Uint8Array>;
  /** A controller with a higher epoch has the meeting. Called once at most. */
  readonly onStale: () => void;
}

interface Pending extends StateChanges {
  readonly set: Map<string, Uint8Array>;
  readonly remove: Set<string>;
}

/**
 * Carries what is noted of one meeting to the store: one write at a time, in order; what comes
 * meanwhile goes with the next one. What is noted in one turn of the event loop is written at once.
 *
 * A store that fails, or was emptied, gets the whole meeting as soon as it can: then the memory of
 * the owner is the only truth, and what is acknowledged meanwhile is safe while the owner lives.
 */
export class MeetingJournal implements StateNotes {
  readonly #options: MeetingJournalOptions;
  readonly #stopListening: () => void;
  #pending = nothingPending();
  #keepDue = false;
  /** The store lacks something that is not pending: it has to get everything. */
  #outdated = false;
  /** The last attempt failed: nobody waits for the store until it is back. */
  #away = false;
  #ended = false;
  #running = false;
  /** Resolves when the write under way has ended. */
  #underWay: Promise<void> = Promise.resolve();
  /** Resolves when the write after it has ended, for those who wait for that. */
  #next: PromiseWithResolvers<void> | undefined;
  #wake = () => {};

  constructor(options: MeetingJournalOptions) {
    this.#options = options;
    this.#stopListening = options.store.onEmptied(() => {
      this.#outdated = true;
      this.#wake();
      this.#start();
    });
  }

  /** @throws {RangeError} when the store does not take such a field. */
  set(field: string, bytes: Uint8Array): void {
    checkField(field, bytes);
    this.#pending.remove.delete(field);
    this.#pending.set.set(field, bytes);
    this.#noted();
  }

  remove(field: string): void {
    this.#pending.set.delete(field);
    this.#pending.remove.add(field);
    this.#noted();
  }

  /** The store shall remember the meeting for its whole lifetime from now on. */
  keep(): void {
    this.#keepDue = true;
    this.#start();
  }

  /**
   * Resolves when everything noted so far is stored, or the store is away and gets it as soon as it
   * is back.
   *
   * @throws {StaleEpochError} another controller has the meeting, or the journal was ended.
   */
  stored(): Promise<void> {
    if (this.#ended) return Promise.reject(this.#stale());
    if (this.#away) return Promise.resolve();
    if (!this.#hasWork) return this.#underWay;
    return this.#nextWrite().promise;
  }

  /** Whether the store has everything noted so far. */
  get upToDate(): boolean {
    return !this.#hasWork && !this.#running && !this.#away;
  }

  /** Writes nothing more; who waits for {@link stored} is refused. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening();
    this.#next?.reject(this.#stale());
    this.#wake();
  }

  get #hasWork(): boolean {
    const { set, remove } = this.#pending;
    return this.#outdated || this.#keepDue || set.size > 0 || remove.size > 0;
  }

  #noted(): void {
    if (this.#pending.set.size + this.#pending.remove.size > MAX_PENDING_FIELDS) {
      this.#pending = nothingPending();
      this.#outdated = true;
    }
    this.#start();
  }

  #nextWrite(): PromiseWithResolvers<void> {
    if (this.#next === undefined) {
      this.#next = Promise.withResolvers();
      this.#next.promise.catch(() => {}); // Whoever waits for it learns of it.
    }
    return this.#next;
  }

  #start(): void {
    if (this.#running || this.#ended) return;
    this.#running = true;
    // The turn of the event loop that noted something may note more, and takes no snapshot of half.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    let retryMs = STORE_RETRY_MS;
    while (this.#hasWork && !this.#ended) {
      const written = this.#nextWrite();
      this.#next = undefined;
      this.#underWay = written.promise;
      try {
        await this.#write();
        this.#away = false;
        retryMs = STORE_RETRY_MS;
        this.#settle(written);
        // Everything was replaced, with what came meanwhile.
        if (!this.#hasWork) this.#settleNext();
      } catch (error) {
        this.#failed(error);
        this.#settle(written);
        if (this.#ended) break;
        await this.#pause(retryMs);
        retryMs = Math.min(2 * retryMs, STORE_RETRY_LIMIT_MS);
      }
    }
    this.#running = false;
  }

  #settle(written: PromiseWithResolvers<void>): void {
    if (this.#ended) written.reject(this.#stale());
    else written.resolve();
  }

  #settleNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#settle(next);
  }

  async #write(): Promise<void> {
    const { store, meetingId, epoch } = this.#options;
    this.#keepDue = false;
    if (this.#outdated) return await this.#replace();
    const changes = this.#pending;
    this.#pending = nothingPending();
    if (await store.write(meetingId, epoch, changes) === "forgotten") await this.#replace();
  }

  async #replace(): Promise<void> {
    const { store, meetingId, epoch, snapshot, log } = this.#options;
    this.#outdated = false;
    this.#pending = nothingPending();
    const fields = snapshot();
    await store.replace(meetingId, epoch, fields);
    log.info("meeting state replaced", { meetingId, epoch: String(epoch), fields: fields.size });
  }

  #failed(error: unknown): void {
    const { meetingId, epoch, log, onStale } = this.#options;
    if (this.#ended) return;
    if (error instanceof StaleEpochError) {
      this.end();
      onStale();
      return;
    }
    if (!(error instanceof StateStoreAwayError)) {
      log.error("meeting state not written", { meetingId, epoch: String(epoch), error });
    }
    this.#outdated = this.#away = true;
    // They need not wait for a store that nobody reaches.
    this.#settleNext();
  }

  #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(delayMs, resolve);
    this.#wake = resolve;
    return promise.finally(cancel);
  }

  #stale(): StaleEpochError {
    return new StaleEpochError(this.#options.meetingId, this.#options.epoch);
  }
}

function nothingPending(): Pending {
  return { set: new Map(), remove: new Set() };
}
