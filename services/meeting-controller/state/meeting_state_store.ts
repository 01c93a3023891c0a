/** How long a meeting that nobody keeps is remembered, milliseconds: longer than any session. */
export const STATE_LIFETIME_MS = 6 * 60 * 1000;
/** How often an owner keeps its meetings from being forgotten, milliseconds. */
export const STATE_KEEP_INTERVAL_MS = 60 * 1000;

/** A controller with a higher epoch has the meeting: who meets this has to step down. */
export class StaleEpochError extends Error {
  override readonly name = "StaleEpochError";
  constructor(readonly meetingId: string, readonly epoch: bigint) {
    super(`epoch ${epoch} of meeting ${meetingId} is over`);
  }
}

/** The store cannot be reached now. */
export class StateStoreAwayError extends Error {
  override readonly name = "StateStoreAwayError";
}

/** Changes of one meeting that become visible at once. */
export interface StateChanges {
  /** Fields and what they become. */
  readonly set: ReadonlyMap<string, Uint8Array>;
  readonly remove: ReadonlySet<string>;
}

/** What became of a write. */
export type WriteOutcome =
  | "written"
  /** The store lost the meeting (it was emptied): nothing was written, all has to be. */
  | "forgotten";

/** A meeting as it was stored. */
export interface StoredMeeting {
  readonly fields: ReadonlyMap<string, Uint8Array>;
  /** The store's own clock, milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * What controllers remember of running meetings: named fields of bytes. Fast, and may be lost: an
 * owner writes all of it again. Each call is fenced by the owner's epoch. The calls reject with
 * {@link StaleEpochError} or {@link StateStoreAwayError}, and nothing else, within a bounded time.
 */
export interface MeetingStateStore extends AsyncDisposable {
  /** Fences all lower epochs, announces the owner to them, and reads what is there. */
  open(meetingId: string, epoch: bigint): Promise<StoredMeeting>;
  write(meetingId: string, epoch: bigint, changes: StateChanges): Promise<WriteOutcome>;
  /** Writes everything, whatever was there. */
  replace(
    meetingId: string,
    epoch: bigint,
    fields: ReadonlyMap<string, Uint8Array>,
  ): Promise<void>;
  /** The meeting lives on for {@link STATE_LIFETIME_MS}. */
  keep(meetingId: string, epoch: bigint): Promise<WriteOutcome>;
  /** Forgets the meeting but for its epoch. */
  forget(meetingId: string, epoch: bigint): Promise<void>;
  /** The store's own clock, milliseconds since the Unix epoch. */
  now(): Promise<number>;
  /** Calls `listener` when a meeting has been opened with this epoch, by whomever. */
  onOpened(listener: (meetingId: string, epoch: bigint) => void): void;
  /** Calls `listener` when the store may have been emptied, or can be reached again. */
  onEmptied(listener: () => void): void;
}
