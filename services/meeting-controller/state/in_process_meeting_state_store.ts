import type { Clock } from "../clock.ts";
import {
  checkEpoch,
  checkField,
  FORGOTTEN_LIFETIME_MS,
  MAX_MEETING_FIELDS,
  type MeetingStateStore,
  StaleEpochError,
  STATE_LIFETIME_MS,
  type StateChanges,
  StateStoreAwayError,
  type StoredMeeting,
  type WriteOutcome,
} from "./meeting_state_store.ts";

interface RememberedMeeting {
  readonly epoch: bigint;
  readonly fields: Map<string, Uint8Array>;
  readonly expiresAtMs: number;
}

/**
 * Running meetings in the memory of this process, for one controller without Redis, or for several
 * in one process that share it.
 */
export class InProcessMeetingStateStore implements MeetingStateStore {
  readonly #clock: Clock;
  readonly #meetings = new Map<string, RememberedMeeting>();
  readonly #openedListeners = new Set<(meetingId: string, epoch: bigint) => void>();
  readonly #emptiedListeners = new Set<() => void>();
  #away = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether calls are refused and nothing is announced, as by a server that is not running. */
  get away(): boolean {
    return this.#away;
  }

  set away(away: boolean) {
    const isBack = this.#away && !away;
    this.#away = away;
    if (isBack) this.#tellEmptied();
  }

  /** Loses everything, as a server does that starts again. */
  empty(): void {
    this.#meetings.clear();
    if (!this.#away) this.#tellEmptied();
  }

  /** Milliseconds until a meeting is forgotten; 0 or less when it is already. */
  lifetimeMs(meetingId: string): number {
    return (this.#meetings.get(meetingId)?.expiresAtMs ?? -Infinity) - this.#clock.now();
  }

  open(meetingId: string, epoch: bigint): Promise<StoredMeeting> {
    return this.#answer(() => {
      const known = this.#fenced(meetingId, epoch);
      const fields = known?.fields ?? new Map<string, Uint8Array>();
      this.#remember(meetingId, epoch, fields, STATE_LIFETIME_MS);
      for (const listener of this.#openedListeners) listener(meetingId, epoch);
      return { fields: new Map(fields), nowMs: this.#clock.wallNow() };
    });
  }

  write(meetingId: string, epoch: bigint, { set, remove }: StateChanges): Promise<WriteOutcome> {
    return this.#answer(() => {
      const known = this.#fenced(meetingId, epoch);
      if (known?.epoch !== epoch) return "forgotten";
      const fields = new Map(known.fields);
      for (const [name, bytes] of set) fields.set(name, copied(name, bytes));
      for (const name of remove) fields.delete(name);
      this.#remember(meetingId, epoch, fields, STATE_LIFETIME_MS);
      return "written";
    });
  }

  replace(
    meetingId: string,
    epoch: bigint,
    fields: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> {
    return this.#answer(() => {
      this.#fenced(meetingId, epoch);
      const copies = new Map([...fields].map(([name, bytes]) => [name, copied(name, bytes)]));
      this.#remember(meetingId, epoch, copies, STATE_LIFETIME_MS);
    });
  }

  keep(meetingId: string, epoch: bigint): Promise<WriteOutcome> {
    return this.write(meetingId, epoch, { set: new Map(), remove: new Set() });
  }

  forget(meetingId: string, epoch: bigint): Promise<void> {
    return this.#answer(() => {
      this.#fenced(meetingId, epoch);
      this.#remember(meetingId, epoch, new Map(), FORGOTTEN_LIFETIME_MS);
    });
  }

  now(): Promise<number> {
    return this.#answer(() => this.#clock.wallNow());
  }

  onOpened(listener: (meetingId: string, epoch: bigint) => void): () => void {
    this.#openedListeners.add(listener);
    return () => void this.#openedListeners.delete(listener);
  }

  onEmptied(listener: () => void): () => void {
    this.#emptiedListeners.add(listener);
    return () => void this.#emptiedListeners.delete(listener);
  }

  /** Whoever shares it may go on. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Every call is one turn of the event loop, and may be refused. */
  // deno-lint-ignore require-await -- what `ask` throws is to reject
  async #answer<Answer>(ask: () => Answer): Promise<Answer> {
    if (this.#away) throw new StateStoreAwayError("the store is away");
    return ask();
  }

  /** @throws {StaleEpochError} */
  #fenced(meetingId: string, epoch: bigint): RememberedMeeting | undefined {
    checkEpoch(epoch);
    const meeting = this.#meetings.get(meetingId);
    if (meeting === undefined || this.lifetimeMs(meetingId) <= 0) return undefined;
    if (meeting.epoch > epoch) throw new StaleEpochError(meetingId, epoch);
    return meeting;
  }

  #remember(
    meetingId: string,
    epoch: bigint,
    fields: Map<string, Uint8Array>,
    lifetimeMs: number,
  ): void {
    if (fields.size > MAX_MEETING_FIELDS) throw new StateStoreAwayError("too many fields");
    if (!this.#meetings.has(meetingId)) this.#forgetExpired();
    const expiresAtMs = this.#clock.now() + lifetimeMs;
    this.#meetings.set(meetingId, { epoch, fields, expiresAtMs });
  }

  #forgetExpired(): void {
    const nowMs = this.#clock.now();
    for (const [meetingId, { expiresAtMs }] of this.#meetings) {
      if (expiresAtMs <= nowMs) this.#meetings.delete(meetingId);
    }
  }

  #tellEmptied(): void {
    for (const listener of this.#emptiedListeners) listener();
  }
}

/** Bytes that nobody changes any more. */
function copied(name: string, bytes: Uint8Array): Uint8Array {
  checkField(name, bytes);
  return bytes.slice();
}
