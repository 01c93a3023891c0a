import type { Page } from "../rest/cursor.ts";
import type { Room, RoomDefinition, RoomReference } from "./room.ts";

/**
 * Decides what a room becomes; undefined: it stays as it is. What it throws reaches the caller of
 * `change`, and nothing changes.
 */
export type RoomDecision = (room: Room) => RoomDefinition | undefined;

/** The rooms of organisations. */
export interface RoomStore {
  /** @throws {ApiError} CONFLICT when the organisation has a room with this slug. */
  create(
    room: RoomDefinition & Pick<Room, "organisationId" | "ownerUserId">,
  ): Promise<Room>;
  /** A room of the organisation. */
  find(organisationId: string, reference: RoomReference): Promise<Room | undefined>;
  /** The room behind a link. */
  findByLink(organisationSlug: string, roomSlug: string): Promise<Room | undefined>;
  /** The organisation's rooms, the newest first. */
  list(
    organisationId: string,
    page: Page,
  ): Promise<{ rooms: readonly Room[]; nextCursor: string | null }>;
  /**
   * Changes a room as `decide` says, whom nobody else's change interrupts.
   *
   * @returns undefined when the organisation has no such room.
   * @throws {ApiError} CONFLICT when the organisation has another room with this slug.
   */
  change(
    organisationId: string,
    roomId: string,
    decide: RoomDecision,
  ): Promise<{ room: Room; changed: boolean } | undefined>;
  /** Deletes a room; its meetings stay, and belong to no room. @returns whether it was there. */
  delete(organisationId: string, roomId: string): Promise<boolean>;
}
