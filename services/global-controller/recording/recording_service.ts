import { actsForOrganisation, type Caller, requireScope } from "../auth/caller.ts";
import { findMeeting } from "../meeting/find_meeting.ts";
import { administers } from "../meeting/meeting_access.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { ApiError, conflict, forbidden, notFound } from "../rest/api_error.ts";
import type { Page } from "../rest/cursor.ts";
import { isUuid } from "../rest/uuid.ts";
import type { Recording, RecordingChange, RecordingStatus } from "./recording.ts";
import type { NewRecording, RecordingStore } from "./recording_store.ts";

/**
 * Who may know of which recordings and change them. A member of an organisation knows those of the
 * member's own meetings; deleted ones and where the file is are for those who may write recordings.
 */
export class RecordingService {
  readonly #recordings: RecordingStore;
  readonly #meetings: Pick<MeetingStore, "find">;

  constructor(recordings: RecordingStore, meetings: Pick<MeetingStore, "find">) {
    this.#recordings = recordings;
    this.#meetings = meetings;
  }

  /** @throws {ApiError} UNAUTHORIZED, FORBIDDEN. */
  async list(caller: Caller, status: RecordingStatus | undefined, page: Page) {
    const reader = requireScope(caller, "recordings:read");
    if (status === "deleted") requireScope(caller, "recordings:write");
    return await this.#recordings.list({
      organisationId: reader.organisationId,
      status,
      meetingOwnerUserId: reader.kind === "user" && !actsForOrganisation(reader)
        ? reader.userId
        : undefined,
    }, page);
  }

  /** @throws {ApiError} UNAUTHORIZED, FORBIDDEN, MEETING_NOT_FOUND. */
  async listOfMeeting(caller: Caller, meetingName: string, page: Page) {
    const reader = requireScope(caller, "recordings:read");
    const { meetingId } = await this.#ownMeeting(caller, meetingName);
    return await this.#recordings.list(
      { organisationId: reader.organisationId, meetingId },
      page,
    );
  }

  /** @throws {ApiError} UNAUTHORIZED, FORBIDDEN, NOT_FOUND. */
  async get(caller: Caller, recordingId: string): Promise<Recording> {
    const reader = requireScope(caller, "recordings:read");
    const recording = isUuid(recordingId)
      ? await this.#recordings.find(reader.organisationId, recordingId)
      : undefined;
    const hidden = recording?.status === "deleted" && !reader.scopes.has("recordings:write");
    if (recording === undefined || hidden) throw noRecording();
    const owner = { organisationId: recording.organisationId, clientId: null };
    const meeting = { owner: { ...owner, userId: recording.meetingOwnerUserId } };
    if (!administers(reader, meeting)) throw forbidden("this is another member's meeting");
    return recording;
  }

  /**
   * Registers a recording that begins.
   *
   * @throws {ApiError} UNAUTHORIZED, FORBIDDEN, MEETING_NOT_FOUND, INVALID_REQUEST, and CONFLICT when
   *   the meeting was made without recording.
   */
  async create(
    caller: Caller,
    meetingName: string,
    recording: Omit<NewRecording, "organisationId" | "meetingId">,
  ): Promise<Recording> {
    const { organisationId } = requireScope(caller, "recordings:write");
    const meeting = await this.#ownMeeting(caller, meetingName);
    if (!meeting.settings.recordingEnabled) throw conflict("this meeting may not be recorded");
    const { meetingId } = meeting;
    return await this.#recordings.create({ ...recording, organisationId, meetingId });
  }

  /** @throws {ApiError} UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, PRECONDITION_FAILED. */
  async change(caller: Caller, recordingId: string, change: RecordingChange, version?: number) {
    const { organisationId } = requireScope(caller, "recordings:write");
    const changed = isUuid(recordingId)
      ? await this.#recordings.change(organisationId, recordingId, change, version)
      : undefined;
    if (changed === undefined) throw noRecording();
    return changed;
  }

  /**
   * Marks a recording as deleted; answers whether it was not so already.
   *
   * @throws {ApiError} UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED.
   */
  async delete(caller: Caller, recordingId: string, version?: number): Promise<boolean> {
    requireScope(caller, "recordings:write");
    try {
      await this.change(caller, recordingId, { status: "deleted" }, version);
      return true;
    } catch (error) {
      // The only step that nothing can make is the one from "deleted" on.
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }

  async #ownMeeting(caller: Caller, meetingName: string) {
    const identified = requireScope(caller, "recordings:read");
    const meeting = await findMeeting(this.#meetings, meetingName);
    if (meeting.owner.organisationId !== identified.organisationId) {
      throw new ApiError(404, "MEETING_NOT_FOUND", "there is no such meeting");
    }
    if (!administers(identified, meeting)) throw forbidden("this is another member's meeting");
    return meeting;
  }
}

function noRecording(): ApiError {
  return notFound("no such recording");
}
