import type { Page, pageOf } from "../rest/cursor.ts";
import type { Recording, RecordingChange, RecordingStatus } from "./recording.ts";

/** A recording that begins. */
export interface NewRecording {
  readonly organisationId: string;
  readonly meetingId: string;
  readonly sessionId?: string;
  readonly mediaType?: string;
  readonly encrypted?: boolean;
  /** By default now. */
  readonly startedAt?: Date;
  readonly deleteAfter?: Date;
}

/** Which recordings to list. */
export interface RecordingQuery {
  readonly organisationId: string;
  readonly meetingId?: string;
  /** Only those of meetings that this person owns. */
  readonly meetingOwnerUserId?: string;
  /** Without it all but the deleted ones. */
  readonly status?: RecordingStatus;
}

/** What is known of recordings. */
export interface RecordingStore {
  /** @throws {ApiError} INVALID_REQUEST when the session is none of the meeting's. */
  create(recording: NewRecording): Promise<Recording>;

  /** Whatever its status is. */
  find(organisationId: string, recordingId: string): Promise<Recording | undefined>;

  /** The newest first. */
  list(query: RecordingQuery, page: Page): Promise<ReturnType<typeof pageOf<Recording>>>;

  /**
   * Changes a recording by the rules of `changedRecording`. One that becomes available is told of
   * (webhook event `recording.available`) in the same transaction.
   *
   * @param version the one that is to be changed; undefined: any.
   * @returns the recording before and after, or undefined when there is none.
   * @throws {ApiError} CONFLICT, INVALID_REQUEST, PRECONDITION_FAILED for another version.
   */
  change(
    organisationId: string,
    recordingId: string,
    change: RecordingChange,
    version?: number,
  ): Promise<{ before: Recording; after: Recording } | undefined>;
}
