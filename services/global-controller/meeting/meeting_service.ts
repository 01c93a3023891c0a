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
import {
  actsForOrganisation,
  type Caller,
  type IdentifiedCaller,
  requireScope,
} from "../auth/caller.ts";
import { ApiError, forbidden, unauthorized, unavailable } from "../rest/api_error.ts";
import {
  type Meeting,
  type MeetingOwner,
  type MeetingSummary,
  parseMeetingReference,
} from "./meeting.ts";
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

/** What the REST routes do. */
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
  async create(caller: Caller, wishes: MeetingWishes) {
    const owner = this.#ownerFor(caller);
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
      owner,
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
    caller: Caller,
    query: { userId?: string; active?: boolean },
  ): Promise<{ meetings: MeetingSummary[]; total: number }> {
    const identified = requireScope(caller, "meetings:read");
    const own = actsForOrganisation(identified) ? undefined : ownerIdOf(identified);
    if (own !== undefined && query.userId !== undefined && query.userId !== own) {
      throw forbidden("these are somebody else's meetings");
    }
    return await this.#meetings.list({
      organisationId: identified.organisationId,
      ownerId: query.userId ?? own,
      active: query.active,
      limit: LIST_LIMIT,
    });
  }

  /** Idempotent. @throws {ApiError} */
  async end(caller: Caller, name: string): Promise<void> {
    const identified = requireScope(caller, "meetings:write");
    const meeting = await this.get(name);
    if (!administers(identified, meeting)) throw forbidden("this is somebody else's meeting");
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
  async join(caller: Caller, name: string) {
    const meeting = await this.get(name);
    if (meeting.settings.requireAuth && caller.kind === "guest") {
      throw unauthorized("this meeting needs an access token");
    }
    const placement = await this.#place(meeting);
    const hosts = caller.kind !== "guest" && administers(caller, meeting);
    const grant = await this.#grant(meeting.meetingId, placement, hosts ? "host" : "participant");
    return { meeting, placement, ...grant };
  }

  /** Where the meeting is. @throws {ApiError} */
  async endpoints(name: string): Promise<{ meeting: Meeting; placement: Placement }> {
    const meeting = await this.get(name);
    return { meeting, placement: await this.#place(meeting) };
  }

  #ownerFor(caller: Caller): MeetingOwner {
    if (caller.kind === "guest") {
      if (!this.#guestMeetings) throw unauthorized("creating a meeting needs an access token");
      return { organisationId: null, userId: null, clientId: null };
    }
    const { organisationId } = requireScope(caller, "meetings:write");
    return {
      organisationId,
      userId: caller.kind === "user" ? caller.userId : null,
      clientId: caller.kind === "client" ? caller.clientId : null,
    };
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

/** Whether the caller may change, end and host the meeting. */
export function administers(
  caller: IdentifiedCaller,
  { owner }: Pick<MeetingSummary, "owner">,
): boolean {
  if (owner.organisationId !== caller.organisationId) return false;
  return actsForOrganisation(caller) || owner.userId === ownerIdOf(caller);
}

/** The id under which the caller owns meetings. */
function ownerIdOf(caller: IdentifiedCaller): string {
  switch (caller.kind) {
    case "user":
      return caller.userId;
    case "client":
      return caller.clientId;
    case "key":
      return caller.keyId;
  }
}

function meetingEnded(): ApiError {
  return new ApiError(410, "MEETING_ENDED", "the meeting has ended");
}
