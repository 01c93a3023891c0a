import type { JoinTokenIssuer } from "../grant/join_token_issuer.ts";
import {
  ControllerRefusal,
  type MeetingControllerClient,
} from "../region/meeting_controller_client.ts";
import type { MeetingPlacement } from "../region/meeting_placement.ts";
import { actsForOrganisation, type Caller, requireScope } from "../auth/caller.ts";
import { forbidden, unauthorized, unavailable } from "../rest/api_error.ts";
import { findMeeting } from "./find_meeting.ts";
import {
  DEFAULT_SETTINGS,
  type Meeting,
  type MeetingOwner,
  type MeetingSummary,
} from "./meeting.ts";
import { administers, ownerIdOf } from "./meeting_access.ts";
import { createMeetingCode } from "./meeting_code.ts";
import { DEFAULT_MAX_PARTICIPANTS } from "./meeting_messages.ts";
import type { MeetingStore } from "./meeting_store.ts";
import { placing } from "./placing.ts";

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
  readonly #tokens: JoinTokenIssuer;
  readonly #publicUrl: string;
  readonly #guestMeetings: boolean;

  constructor(options: {
    meetings: MeetingStore;
    placement: MeetingPlacement;
    controllers: MeetingControllerClient;
    tokens: JoinTokenIssuer;
    /** Origin of the pages, such as http://localhost:8080. */
    publicUrl: string;
    /** Whether guests may create meetings. */
    guestMeetings: boolean;
  }) {
    this.#meetings = options.meetings;
    this.#placement = options.placement;
    this.#controllers = options.controllers;
    this.#tokens = options.tokens;
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
        ...DEFAULT_SETTINGS,
        enableE2eEncryption: wishes.enableE2eEncryption ?? DEFAULT_SETTINGS.enableE2eEncryption,
        requireAuth: wishes.requireAuth ?? DEFAULT_SETTINGS.requireAuth,
        recordingEnabled: wishes.recordingEnabled ?? DEFAULT_SETTINGS.recordingEnabled,
      },
      locked: false,
    };
    const placement = await placing(() => this.#placement.placeNew(configuration));
    const { code, createdAt } = await this.#store({
      ...configuration,
      description: "",
      passcodeHash: null,
      scheduledStart: null,
      scheduledEnd: null,
      roomId: null,
      owner,
      assignment: {
        controllerId: placement.controller.controllerId,
        mediaHandlerId: placement.mediaHandler?.handlerId ?? null,
      },
    });
    const issued = await this.#tokens.issue({
      meetingId: configuration.meetingId,
      controllerId: placement.controller.controllerId,
      role: "host",
    });
    return {
      meetingId: configuration.meetingId,
      code,
      createdAt,
      placement,
      participantId: issued.participantId,
      joinToken: issued.token,
    };
  }

  /** @throws {ApiError} MEETING_NOT_FOUND. */
  async get(name: string): Promise<Meeting> {
    return await findMeeting(this.#meetings, name);
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
