import { issueJoinToken, type MeetingRole } from "../auth/join_token.ts";
import type { SigningKeys } from "../auth/signing_keys.ts";
import {
  ControllerRefusal,
  type MeetingControllerClient,
} from "../region/meeting_controller_client.ts";
import {
  MeetingEndedError,
  type MeetingPlacement,
  NoControllerError,
  type Placement,
} from "../region/meeting_placement.ts";
import { ApiError, forbidden, unauthorized, unavailable } from "../rest/api_error.ts";
import { type Meeting, type MeetingSummary, parseMeetingReference } from "./meeting.ts";
import { createMeetingCode } from "./meeting_code.ts";
import { DEFAULT_MAX_PARTICIPANTS } from "./meeting_messages.ts";
import type { MeetingStore } from "./meeting_store.ts";

/** Meetings in one answer of the list. */
export const LIST_LIMIT = 100;
/** Codes tried before giving up; a collision has a chance of meetings / 4·10^13. */
const MAX_CODE_ATTEMPTS = 5;

/** What a creator may choose; what is left out has the default. */
export interface MeetingWishes {
  readonly displayName?: string;
  readonly maxParticipants?: number;
  readonly enableE2eEncryption?: boolean;
  readonly requireAuth?: boolean;
  readonly recordingEnabled?: boolean;
}

/** What the REST routes do. `clientId` is the caller's API client, undefined for a guest. */
export class MeetingService {
  readonly #meetings: MeetingStore;
  readonly #placement: MeetingPlacement;
  readonly #controllers: MeetingControllerClient;
  readonly #keys: SigningKeys;
  readonly #publicUrl: string;
  readonly #guestMeetings: boolean;

  constructor(options: {
    meetings: MeetingStore;
    placement: MeetingPlacement;
    controllers: MeetingControllerClient;
    keys: SigningKeys;
    /** Origin of the pages, such as http://localhost:8080. */
    publicUrl: string;
    /** Whether guests may create meetings. */
    guestMeetings: boolean;
  }) {
    this.#meetings = options.meetings;
    this.#placement = options.placement;
    this.#controllers = options.controllers;
    this.#keys = options.keys;
    this.#publicUrl = options.publicUrl;
    this.#guestMeetings = options.guestMeetings;
  }

  /** The link that people open. */
  urlOf(code: string): string {
    return `${this.#publicUrl}/m/${code}`;
  }

  /** @throws {ApiError} */
  async create(clientId: string | undefined, wishes: MeetingWishes) {
    if (clientId === undefined && !this.#guestMeetings) {
      throw unauthorized("creating a meeting needs an access token");
    }
    const configuration = {
      meetingId: crypto.randomUUID(),
      displayName: wishes.displayName ?? "",
      maxParticipants: wishes.maxParticipants ?? DEFAULT_MAX_PARTICIPANTS,
      settings: {
        enableE2eEncryption: wishes.enableE2eEncryption ?? true,
        requireAuth: wishes.requireAuth ?? false,
        recordingEnabled: wishes.recordingEnabled ?? false,
      },
    };
    const placement = await placing(() => this.#placement.placeNew(configuration));
    const { code, createdAt } = await this.#store({
      ...configuration,
      ownerClientId: clientId ?? null,
      assignment: {
        controllerId: placement.controller.controllerId,
        mediaHandlerId: placement.mediaHandler?.handlerId ?? null,
      },
    });
    const grant = await this.#grant(configuration.meetingId, placement, "host");
    return {
      meetingId: configuration.meetingId,
      code,
      createdAt,
      placement,
      participantId: grant.participantId,
      joinToken: grant.token,
    };
  }

  /** @throws {ApiError} MEETING_NOT_FOUND. */
  async get(name: string): Promise<Meeting> {
    const reference = parseMeetingReference(name);
    const meeting = reference && await this.#meetings.find(reference);
    if (meeting === undefined) {
      throw new ApiError(404, "MEETING_NOT_FOUND", "there is no such meeting");
    }
    return meeting;
  }

  /** @throws {ApiError} */
  async list(
    clientId: string | undefined,
    query: { userId?: string; active?: boolean },
  ): Promise<{ meetings: MeetingSummary[]; total: number }> {
    if (clientId === undefined) throw unauthorized("listing meetings needs an access token");
    if (query.userId !== undefined && query.userId !== clientId) {
      throw forbidden("these are another client's meetings");
    }
    return await this.#meetings.list({
      ownerClientId: clientId,
      active: query.active,
      limit: LIST_LIMIT,
    });
  }

  /** Idempotent. @throws {ApiError} */
  async end(clientId: string | undefined, name: string): Promise<void> {
    if (clientId === undefined) throw unauthorized("ending a meeting needs an access token");
    const meeting = await this.get(name);
    if (meeting.ownerClientId !== clientId) throw forbidden("this is another client's meeting");
    await this.#meetings.end(meeting.meetingId);
    const { controller } = meeting;
    if (controller === undefined) return;
    try {
      await this.#controllers.endMeeting(controller.rpcEndpoint, meeting.meetingId);
    } catch (error) {
      if (!(error instanceof ControllerRefusal)) throw error;
      // A controller that is gone has nobody left in the meeting.
      if (controller.healthy) throw unavailable("the meeting controller is away", error);
    }
  }

  /** Everything that one more participant needs. @throws {ApiError} */
  async join(clientId: string | undefined, name: string) {
    const meeting = await this.get(name);
    if (meeting.settings.requireAuth && clientId === undefined) {
      throw unauthorized("this meeting needs an access token");
    }
    const placement = await this.#place(meeting);
    const owns = clientId !== undefined && clientId === meeting.ownerClientId;
    const grant = await this.#grant(meeting.meetingId, placement, owns ? "host" : "participant");
    return { meeting, placement, ...grant };
  }

  /** Where the meeting is. @throws {ApiError} */
  async endpoints(name: string): Promise<{ meeting: Meeting; placement: Placement }> {
    const meeting = await this.get(name);
    return { meeting, placement: await this.#place(meeting) };
  }

  async #place(meeting: Meeting): Promise<Placement> {
    if (meeting.endedAt !== null) throw meetingEnded();
    return await placing(() => this.#placement.place(meeting));
  }

  async #grant(meetingId: string, { controller }: Placement, role: MeetingRole) {
    const participantId = crypto.randomUUID();
    const { controllerId } = controller;
    const grant = { controllerId, meetingId, participantId, role };
    return { participantId, ...await issueJoinToken(this.#keys, grant) };
  }

  async #store(
    meeting: Omit<Parameters<MeetingStore["create"]>[0], "code">,
  ): Promise<{ code: string; createdAt: Date }> {
    for (let attempt = 0; attempt < MAX_CODE_ATTEMPTS; attempt++) {
      const code = createMeetingCode();
      const stored = await this.#meetings.create({ ...meeting, code });
      if (stored) return { code, createdAt: stored.createdAt };
    }
    throw unavailable("no free meeting code was found");
  }
}

/** Tells the reasons of a failed placement as the API does. */
async function placing<Result>(place: () => Promise<Result>): Promise<Result> {
  try {
    return await place();
  } catch (error) {
    if (error instanceof NoControllerError) throw unavailable(error.message, error);
    if (error instanceof MeetingEndedError) throw meetingEnded();
    throw error;
  }
}

function meetingEnded(): ApiError {
  return new ApiError(410, "MEETING_ENDED", "the meeting has ended");
}
