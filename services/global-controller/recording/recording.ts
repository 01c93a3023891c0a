import { conflict, invalidRequest } from "../rest/api_error.ts";

/** Where a recording stands. */
export const RECORDING_STATUSES = [
  /** It is being made. */
  "recording",
  /** It has ended, and its file is being written. */
  "processing",
  "available",
  "failed",
  /** Nobody gets it any more; the operator's storage may drop the file. */
  "deleted",
] as const;
export type RecordingStatus = typeof RECORDING_STATUSES[number];

/** What is known of a recording; the media itself is in the operator's storage. */
export interface Recording {
  readonly recordingId: string;
  readonly organisationId: string;
  readonly meetingId: string;
  /** Who owns the meeting; null: a program, or somebody who is gone. */
  readonly meetingOwnerUserId: string | null;
  /** The run of the meeting that it shows; null when that is not known. */
  readonly sessionId: string | null;
  readonly status: RecordingStatus;
  /** Where the operator's storage has it; empty until it is known. */
  readonly location: string;
  /** RFC 6838; empty until it is known. */
  readonly mediaType: string;
  readonly sizeBytes: number | null;
  readonly durationMs: number | null;
  /** Whether only those with the meeting's keys can play it. */
  readonly encrypted: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** When retention marks it as deleted; null: never. */
  readonly deleteAfter: Date | null;
  readonly version: number;
}

/** What the program that records tells; what is left out stays. */
export interface RecordingChange {
  readonly status?: RecordingStatus;
  readonly location?: string;
  readonly mediaType?: string;
  readonly sizeBytes?: number;
  readonly durationMs?: number;
  readonly endedAt?: Date;
  readonly deleteAfter?: Date | null;
}

const NEXT: Readonly<Record<RecordingStatus, readonly RecordingStatus[]>> = {
  recording: ["processing", "available", "failed", "deleted"],
  processing: ["available", "failed", "deleted"],
  available: ["deleted"],
  failed: ["deleted"],
  deleted: [],
};

/** Whether a recording may go from one status to the other, or stay. */
export function mayBecome(from: RecordingStatus, to: RecordingStatus): boolean {
  return from === to || NEXT[from].includes(to);
}

/**
 * The recording after a change, its version not counted up yet. One that stops being made has ended
 * at `now` unless the change says when.
 *
 * @throws {ApiError} CONFLICT for a step that a recording cannot make, INVALID_REQUEST for what makes
 *   no recording.
 */
export function changedRecording(
  recording: Recording,
  change: RecordingChange,
  now: Date,
): Recording {
  const status = change.status ?? recording.status;
  if (recording.status === "deleted" || !mayBecome(recording.status, status)) {
    throw conflict(`a recording that is ${recording.status} does not become ${status}`);
  }
  const defined = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  const changed: Recording = { ...recording, ...defined };
  const ended = changed.endedAt ?? (status === "recording" ? null : now);
  if (ended !== null && ended < changed.startedAt) {
    throw invalidRequest("ended_at is before started_at");
  }
  if (status === "available" && changed.location === "") {
    throw invalidRequest("a recording that is available needs its location");
  }
  return { ...changed, endedAt: ended };
}
