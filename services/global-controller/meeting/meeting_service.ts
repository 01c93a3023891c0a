import { actsForOrganisation, type Caller, requireScope } from "../auth/caller.ts";
import type { SecretHasher } from "../auth/secret_hasher.ts";
import type { JoinTokenIssuer } from "../grant/join_token_issuer.ts";
import type { MeetingPlacement } from "../region/meeting_placement.ts";
import type { CallerPlace } from "../region/region_choice.ts";
import { conflict, forbidden, invalidRequest, unauthorized } from "../rest/api_error.ts";
import { administersRoom } from "../room/room.ts";
import type { RoomStore } from "../room/room_store.ts";
import { findAdministeredMeeting } from "./administered_meeting.ts";
import { findMeeting, meetingNotFound } from "./find_meeting.ts";
import {
  DEFAULT_SETTINGS,
  type Meeting,
  type MeetingOwner,
  type MeetingStatus,
  type MeetingSummary,
} from "./meeting.ts";
import { administers, ownerIdOf } from "./meeting_access.ts";
import {
  assertSchedule,
  changeDecision,
  type MeetingChange,
  mergeChange,
} from "./meeting_change.ts";
import type { JoinOrigins } from "./join/join_origins.ts";
import type { MeetingCreator } from "./meeting_creator.ts";
import type { MeetingList, MeetingPage, MeetingQuery } from "./meeting_list.ts";
import type { MeetingPropagation } from "./meeting_propagation.ts";
import type { MeetingStore } from "./meeting_store.ts";
import { hashPasscode } from "./passcode_hash.ts";
import { placing } from "./placing.ts";

/** What a creator may choose; what is left out has the default. */
export interface MeetingWishes extends Omit<MeetingChange, "passcodeHash" | "locked"> {
  readonly passcode?: string | null;
  readonly roomId?: string;
  /** Where the caller is, and where it wants the meeting. */
  readonly place?: CallerPlace;
  /** The secret in the browser of a guest, who hosts the meeting from there. */
  readonly guestCookie?: string | undefined;
}

/** What may be changed of a meeting; what is left out stays. */
export interface MeetingChangeWishes extends Omit<MeetingChange, "passcodeHash"> {
  /** Null: none any more. */
  readonly passcode?: string | null;
}

/** A new meeting. */
export interface CreatedMeeting {
  readonly meeting: MeetingSummary;
  /** What its host joins with; undefined for a meeting that starts later. */
  readonly host: {
    readonly participantId: string;
    readonly joinToken: string;
    readonly controllerEndpoint: string;
  } | undefined;
}

/** Which meetings a caller wants listed. */
export interface MeetingListWishes extends Pick<MeetingQuery, "roomId" | "from" | "to" | "page"> {
  readonly userId?: string;
  readonly active?: boolean;
  readonly status?: MeetingStatus;
}

/** What the service of meetings stands on. */
export interface MeetingServiceParts {
  readonly meetings: MeetingStore;
  readonly list: MeetingList;
  readonly rooms: Pick<RoomStore, "find">;
  readonly creator: MeetingCreator;
  readonly placement: MeetingPlacement;
  readonly propagation: MeetingPropagation;
  readonly tokens: JoinTokenIssuer;
  readonly hasher: SecretHasher;
  /** Origin of the pages, such as http://localhost:8080. */
  readonly publicUrl: string;
  /** Whether guests may create meetings. */
  readonly guestMeetings: boolean;
  readonly origins: JoinOrigins;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/** What the REST routes of meetings do. */
export class MeetingService {
  readonly #parts: MeetingServiceParts;
  readonly #now: () => number;

  constructor(parts: MeetingServiceParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** The link that people open. */
  urlOf(code: string): string {
    return `${this.#parts.publicUrl}/m/${code}`;
  }

  /**
   * A meeting that starts now gets a controller and a token for its host; one that starts later gets
   * them when somebody joins.
   *
   * @throws {ApiError}
   */
  async create(
    caller: Caller,
    { passcode, roomId, maxParticipants, place, guestCookie, ...wishes }: MeetingWishes,
  ): Promise<CreatedMeeting> {
    const owner = this.#ownerFor(caller);
    const startsLater = (wishes.scheduledStart?.getTime() ?? 0) > this.#now();
    if (caller.kind === "guest" && startsLater) {
      throw unauthorized("a meeting that starts later needs an access token: it needs a host then");
    }
    const meetingId = crypto.randomUUID();
    const { guestId = "" } = this.#parts.origins.of(meetingId, "", guestCookie);
    if (caller.kind === "guest" && guestId === "" && wishes.settings?.lobbyEnabled) {
      throw unauthorized("a lobby needs an access token: nobody could admit anyone");
    }
    if (roomId !== undefined) await this.#assertOwnRoom(caller, roomId);
    const { creator, hasher } = this.#parts;
    const definition = mergeChange({
      displayName: "",
      description: "",
      maxParticipants: await creator.maxParticipants(owner.organisationId, maxParticipants),
      settings: DEFAULT_SETTINGS,
      locked: false,
      passcodeHash: null,
      scheduledStart: null,
      scheduledEnd: null,
    }, wishes);
    assertSchedule(definition);
    const meeting = {
      ...definition,
      passcodeHash: await hashPasscode(hasher, passcode) ?? null,
      meetingId,
      owner,
      guestHostId: guestId,
      roomId: roomId ?? null,
      region: place?.requested ?? null,
    };
    if (!startsLater) return await this.#createPlaced(meeting, place);
    const { region } = meeting;
    if (region !== null) await placing(() => this.#parts.placement.assertRegion(region));
    return { meeting: await this.#store({ ...meeting, assignment: null }), host: undefined };
  }

  /** @throws {ApiError} MEETING_NOT_FOUND. */
  async get(name: string): Promise<Meeting> {
    return await findMeeting(this.#parts.meetings, name);
  }

  /** Whether the caller may see all of the meeting. */
  isAdministeredBy(caller: Caller, meeting: MeetingSummary): boolean {
    return caller.kind !== "guest" && caller.scopes.has("meetings:read") &&
      administers(caller, meeting);
  }

  /** Of the caller's own organisation; members see what is theirs. @throws {ApiError} */
  async list(
    caller: Caller,
    { userId, active, status, ...query }: MeetingListWishes,
  ): Promise<MeetingPage> {
    const identified = requireScope(caller, "meetings:read");
    const own = actsForOrganisation(identified) ? undefined : ownerIdOf(identified);
    if (own !== undefined && userId !== undefined && userId !== own) {
      throw forbidden("these are somebody else's meetings");
    }
    if (active !== undefined && status !== undefined && active !== (status !== "ended")) {
      throw invalidRequest("active and status contradict each other");
    }
    return await this.#parts.list.page({
      ...query,
      organisationId: identified.organisationId,
      ownerId: userId ?? own,
      status: status ?? (active === undefined ? undefined : active ? "open" : "ended"),
    });
  }

  /**
   * Changes a meeting; `tellController` has to follow.
   *
   * @param expectedVersion of If-Match; undefined: any.
   * @throws {ApiError}
   */
  async change(
    caller: Caller,
    name: string,
    { passcode, ...change }: MeetingChangeWishes,
    expectedVersion: number | undefined,
  ): Promise<{ meeting: MeetingSummary; changed: boolean }> {
    const { meetings, creator, hasher } = this.#parts;
    const { meeting } = await findAdministeredMeeting(meetings, caller, "meetings:write", name);
    const { meetingId, owner } = meeting;
    const { organisationId } = owner;
    if (change.maxParticipants !== undefined) {
      await creator.maxParticipants(organisationId, change.maxParticipants);
    }
    const passcodeHash = await hashPasscode(hasher, passcode);
    const decide = changeDecision({ ...change, passcodeHash }, expectedVersion);
    const outcome = await meetings.change(meetingId, decide);
    if (outcome === undefined) throw meetingNotFound();
    return outcome;
  }

  /** Ends a meeting; `tellController` has to follow. Idempotent. @throws {ApiError} */
  async end(caller: Caller, name: string): Promise<{ meeting: Meeting; endedNow: boolean }> {
    const { meetings } = this.#parts;
    const { meeting } = await findAdministeredMeeting(meetings, caller, "meetings:write", name);
    const outcome = await meetings.end(meeting.meetingId);
    return { meeting, endedNow: outcome?.endedNow ?? false };
  }

  /**
   * Has the meeting's controller know what the meeting has become, also after a failure.
   *
   * @throws {ApiError} SERVICE_UNAVAILABLE: what was changed is kept, and doing it again has the
   *   controller know.
   */
  async tellController(meetingId: string): Promise<Meeting> {
    const meeting = await this.#parts.propagation.tell(meetingId);
    if (meeting === undefined) throw meetingNotFound();
    return meeting;
  }

  async #assertOwnRoom(caller: Caller, roomId: string): Promise<void> {
    const identified = requireScope(caller, "meetings:write");
    const room = await this.#parts.rooms.find(identified.organisationId, { roomId });
    if (room === undefined) throw invalidRequest("there is no such room");
    if (!administersRoom(identified, room)) throw forbidden("this is somebody else's room");
  }

  #ownerFor(caller: Caller): MeetingOwner {
    if (caller.kind === "guest") {
      if (!this.#parts.guestMeetings) {
        throw unauthorized("creating a meeting needs an access token");
      }
      return { organisationId: null, userId: null, clientId: null };
    }
    const { organisationId } = requireScope(caller, "meetings:write");
    return {
      organisationId,
      userId: caller.kind === "user" ? caller.userId : null,
      clientId: caller.kind === "client" ? caller.clientId : null,
    };
  }

  async #createPlaced(
    meeting: Omit<Parameters<MeetingCreator["create"]>[0], "assignment">,
    place: CallerPlace | undefined,
  ): Promise<CreatedMeeting> {
    const { placement, tokens } = this.#parts;
    const { controller, mediaHandler } = await placing(() => placement.placeNew(meeting, place));
    const { controllerId, endpoint } = controller;
    const stored = await this.#store({
      ...meeting,
      assignment: { controllerId, mediaHandlerId: mediaHandler?.handlerId ?? null },
    });
    const { meetingId } = stored;
    const userId = stored.owner.userId ?? undefined;
    const issued = await tokens.issue({ meetingId, controllerId, role: "host", userId });
    const { participantId, token: joinToken } = issued;
    return { meeting: stored, host: { participantId, joinToken, controllerEndpoint: endpoint } };
  }

  async #store(meeting: Parameters<MeetingCreator["create"]>[0]): Promise<MeetingSummary> {
    const stored = await this.#parts.creator.create(meeting);
    if (stored === undefined) throw conflict("the room has an open meeting");
    return stored;
  }
}
