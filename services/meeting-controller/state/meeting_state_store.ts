import { RESERVED_FIELDS } from "../../../db/redis/meeting_state.ts";

/** How long a meeting that nobody keeps is remembered, milliseconds: longer than any session. */
export const STATE_LIFETIME_MS = 6 * 60 * 1000;
/** How often an owner keeps its meetings from being forgotten, milliseconds. */
export const STATE_KEEP_INTERVAL_MS = 60 * 1000;

/** How long the epoch of a meeting that was forgotten is remembered, milliseconds. */
export const FORGOTTEN_LIFETIME_MS = 60 * 1000;

/** Fields of one meeting. */
export const MAX_MEETING_FIELDS = 32_768;
/** Bytes of one field: a participant who chose each of the most streams of a meeting by itself. */
export const MAX_FIELD_BYTES = 512 * 1024;
/** Bytes of a field's name. */
export const MAX_FIELD_NAME_BYTES = 128;

/** Highest epoch that every store compares exactly (Redis has numbers of 64-bit floats). */
const MAX_EPOCH = BigInt(Number.MAX_SAFE_INTEGER);

/** A controller with a higher epoch has the meeting: who meets this has to step down. */
export class StaleEpochError extends Error {
  override readonly name = "StaleEpochError";
  constructor(readonly meetingId: string, readonly epoch: bigint) {
    super(`epoch ${epoch} of meeting ${meetingId} is over`);
  }
}

/** The store cannot be reached now, or has no room. What was asked may have been done. */
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
 * A meeting has at most {@link MAX_MEETING_FIELDS}; names of {@link MAX_FIELD_NAME_BYTES} and bytes
 * of {@link MAX_FIELD_BYTES} are for the caller to keep to ({@link checkField}).
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
  /**
   * Calls `listener` when a meeting has been opened with this epoch, by whomever; not each time, and
   * a lower epoch is refused anyway. The result makes it stop.
   */
  onOpened(listener: (meetingId: string, epoch: bigint) => void): () => void;
  /**
   * Calls `listener` when the store may have been emptied, or can be reached again. The result
   * makes it stop.
   */
  onEmptied(listener: () => void): () => void;
}

/**
 * Keeps the bounds of a store.
 *
 * @throws {RangeError} when a field's name or bytes are not what a store takes.
 */
export function checkField(name: string, bytes: Uint8Array): void {
  if (
    name.length > MAX_FIELD_NAME_BYTES || bytes.length > MAX_FIELD_BYTES ||
    RESERVED_FIELDS.includes(name)
  ) {
    throw new RangeError(`field ${name.slice(0, MAX_FIELD_NAME_BYTES)} of ${bytes.length} bytes`);
  }
}

/** @throws {RangeError} when stores could not compare the epoch exactly. */
export function checkEpoch(epoch: bigint): void {
  if (epoch < 1n || epoch > MAX_EPOCH) throw new RangeError(`epoch ${epoch}`);
}
