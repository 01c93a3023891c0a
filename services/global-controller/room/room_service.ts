import { isDeepStrictEqual } from "node:util";
import { type Caller, type IdentifiedCaller, requireScope } from "../auth/caller.ts";
import type { SecretHasher } from "../auth/secret_hasher.ts";
import { DEFAULT_SETTINGS, type MeetingSettings, type MeetingSummary } from "../meeting/meeting.ts";
import { mergeSettings } from "../meeting/meeting_change.ts";
import type { MeetingCreator } from "../meeting/meeting_creator.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { hashPasscode } from "../meeting/passcode_hash.ts";
import { forbidden, notFound, unavailable } from "../rest/api_error.ts";
import type { Page } from "../rest/cursor.ts";
import { preconditionFailed } from "../rest/etag.ts";
import {
  administersRoom,
  isSlug,
  parseRoomReference,
  type Room,
  type RoomConfiguration,
} from "./room.ts";
import type { RoomStore } from "./room_store.ts";

/** How often the open meeting of a room, that ends just then, is looked for again. */
const MAX_RACES_LOST = 3;

/** What somebody wants of a room's configuration; what is left out stays. */
export interface RoomConfigurationWishes {
  readonly description?: string;
  readonly maxParticipants?: number;
  readonly settings?: Partial<MeetingSettings>;
  /** Null: none. */
  readonly passcode?: string | null;
  readonly guestsMayOpen?: boolean;
}

/** What somebody wants of a room; what is left out stays. */
export interface RoomWishes {
  readonly slug?: string;
  readonly displayName?: string;
  readonly configuration: RoomConfigurationWishes;
}

/** The one meeting that is open in a room. */
export interface OpenedMeeting {
  readonly meeting: MeetingSummary;
  /** Whether this call made it. */
  readonly created: boolean;
}

/** What a room's link leads to. */
export interface RoomLink {
  readonly room: Room;
  /** Undefined: nothing is open, and the caller may not open it. */
  readonly opened: OpenedMeeting | undefined;
}

/** What the REST routes of rooms do. */
export class RoomService {
  readonly #rooms: RoomStore;
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #creator: MeetingCreator;
  readonly #hasher: SecretHasher;

  constructor(options: {
    rooms: RoomStore;
    meetings: Pick<MeetingStore, "find">;
    creator: MeetingCreator;
    hasher: SecretHasher;
  }) {
    this.#rooms = options.rooms;
    this.#meetings = options.meetings;
    this.#creator = options.creator;
    this.#hasher = options.hasher;
  }

  /** @throws {ApiError} */
  async create(
    caller: Caller,
    { slug, displayName, configuration }: RoomWishes & { slug: string; displayName: string },
  ): Promise<Room> {
    const identified = requireScope(caller, "meetings:write");
    const { organisationId } = identified;
    return await this.#rooms.create({
      organisationId,
      ownerUserId: identified.kind === "user" ? identified.userId : null,
      slug,
      displayName,
      configuration: {
        description: configuration.description ?? "",
        maxParticipants: await this.#creator.maxParticipants(
          organisationId,
          configuration.maxParticipants,
        ),
        settings: mergeSettings(DEFAULT_SETTINGS, configuration.settings),
        passcodeHash: await hashPasscode(this.#hasher, configuration.passcode) ?? null,
        guestsMayOpen: configuration.guestsMayOpen ?? false,
      },
    });
  }

  /** A room of the caller's organisation. @throws {ApiError} NOT_FOUND for any other. */
  async get(caller: Caller, name: string): Promise<Room> {
    return await this.#find(requireScope(caller, "meetings:read"), name);
  }

  /** All rooms of the caller's organisation: colleagues meet in them. @throws {ApiError} */
  async list(
    caller: Caller,
    page: Page,
  ): Promise<{ rooms: readonly Room[]; nextCursor: string | null }> {
    const { organisationId } = requireScope(caller, "meetings:read");
    return await this.#rooms.list(organisationId, page);
  }

  /**
   * Changes what the room's next meeting starts with; the one that is open stays as it is.
   *
   * @param expectedVersion of If-Match; undefined: any.
   * @throws {ApiError}
   */
  async change(
    caller: Caller,
    name: string,
    wishes: RoomWishes,
    expectedVersion: number | undefined,
  ): Promise<{ room: Room; changed: boolean }> {
    const { organisationId, roomId } = await this.#administered(caller, name);
    const { maxParticipants, passcode } = wishes.configuration;
    if (maxParticipants !== undefined) {
      await this.#creator.maxParticipants(organisationId, maxParticipants);
    }
    const passcodeHash = await hashPasscode(this.#hasher, passcode);
    const outcome = await this.#rooms.change(organisationId, roomId, (room) => {
      if (expectedVersion !== undefined && room.version !== expectedVersion) {
        throw preconditionFailed();
      }
      const { slug, displayName, configuration } = room;
      const next = {
        slug: wishes.slug ?? slug,
        displayName: wishes.displayName ?? displayName,
        configuration: mergeConfiguration(configuration, wishes.configuration, passcodeHash),
      };
      return isDeepStrictEqual(next, { slug, displayName, configuration }) ? undefined : next;
    });
    if (outcome === undefined) throw noSuchRoom();
    return outcome;
  }

  /** Deletes a room; its meetings go on without it. @throws {ApiError} */
  async delete(caller: Caller, name: string): Promise<Room> {
    const room = await this.#administered(caller, name);
    if (!await this.#rooms.delete(room.organisationId, room.roomId)) throw noSuchRoom();
    return room;
  }

  /**
   * The room's open meeting, or a new one: one, however many ask at once. Everybody in the
   * organisation may open it; the room's owner hosts it.
   *
   * @throws {ApiError}
   */
  async open(caller: Caller, name: string): Promise<OpenedMeeting> {
    return await this.#open(await this.#find(requireScope(caller, "meetings:write"), name));
  }

  /**
   * Where a room's link leads. Its meeting is opened for colleagues, and for guests where the room
   * allows it.
   *
   * @throws {ApiError}
   */
  async follow(caller: Caller, organisationSlug: string, roomSlug: string): Promise<RoomLink> {
    const room = isSlug(organisationSlug) && isSlug(roomSlug)
      ? await this.#rooms.findByLink(organisationSlug, roomSlug)
      : undefined;
    if (room === undefined) throw noSuchRoom();
    const isColleague = caller.kind !== "guest" && caller.scopes.has("meetings:write") &&
      caller.organisationId === room.organisationId;
    if (isColleague || room.configuration.guestsMayOpen) {
      return { room, opened: await this.#open(room) };
    }
    const meeting = await this.#meetings.find({ roomId: room.roomId });
    return { room, opened: meeting && { meeting, created: false } };
  }

  async #open(room: Room): Promise<OpenedMeeting> {
    const { roomId, organisationId, configuration } = room;
    for (let race = 0; race < MAX_RACES_LOST; race++) {
      const meeting = await this.#meetings.find({ roomId });
      if (meeting) return { meeting, created: false };
      const { description, settings, passcodeHash } = configuration;
      const created = await this.#creator.create({
        meetingId: crypto.randomUUID(),
        displayName: room.displayName,
        description,
        maxParticipants: await this.#creator.maxParticipants(
          organisationId,
          configuration.maxParticipants,
        ),
        settings,
        passcodeHash,
        locked: false,
        scheduledStart: null,
        scheduledEnd: null,
        owner: { organisationId, userId: room.ownerUserId, clientId: null },
        roomId,
        assignment: null,
      });
      if (created) return { meeting: created, created: true };
    }
    throw unavailable("the room's meeting keeps ending");
  }

  async #administered(caller: Caller, name: string): Promise<Room> {
    const identified = requireScope(caller, "meetings:write");
    const room = await this.#find(identified, name);
    if (!administersRoom(identified, room)) throw forbidden("this is somebody else's room");
    return room;
  }

  async #find({ organisationId }: IdentifiedCaller, name: string): Promise<Room> {
    const reference = parseRoomReference(name);
    const room = reference && await this.#rooms.find(organisationId, reference);
    if (room === undefined) throw noSuchRoom();
    return room;
  }
}

function mergeConfiguration(
  current: RoomConfiguration,
  wishes: RoomConfigurationWishes,
  passcodeHash: string | null | undefined,
): RoomConfiguration {
  return {
    description: wishes.description ?? current.description,
    maxParticipants: wishes.maxParticipants ?? current.maxParticipants,
    settings: mergeSettings(current.settings, wishes.settings),
    passcodeHash: passcodeHash === undefined ? current.passcodeHash : passcodeHash,
    guestsMayOpen: wishes.guestsMayOpen ?? current.guestsMayOpen,
  };
}

function noSuchRoom() {
  return notFound("there is no such room");
}
