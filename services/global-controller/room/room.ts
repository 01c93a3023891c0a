import { actsForOrganisation, type IdentifiedCaller } from "../auth/caller.ts";
import type { MeetingSettings } from "../meeting/meeting.ts";
import { isUuid } from "../rest/uuid.ts";

/** What a meeting in a room starts with. */
export interface RoomConfiguration {
  readonly description: string;
  readonly maxParticipants: number;
  readonly settings: MeetingSettings;
  /** Of SecretHasher; null: joining needs no passcode. */
  readonly passcodeHash: string | null;
  /** Whether people without an account, who have the room's link, may open its meeting. */
  readonly guestsMayOpen: boolean;
}

/** What its owner chose about a room. */
export interface RoomDefinition {
  /** Names the room in links, within its organisation. */
  readonly slug: string;
  readonly displayName: string;
  readonly configuration: RoomConfiguration;
}

/** A permanent place for one meeting at a time. */
export interface Room extends RoomDefinition {
  /** A UUID. */
  readonly roomId: string;
  readonly organisationId: string;
  /** Null: a program made it, or its owner is gone. */
  readonly ownerUserId: string | null;
  /** Grows with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How a caller names a room of the own organisation. */
export type RoomReference = { readonly roomId: string } | { readonly slug: string };

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const MAX_SLUG_LENGTH = 63;

/** Whether `text` can be a slug: words of a-z and 0-9 with single hyphens between them. */
export function isSlug(text: string): boolean {
  return text.length <= MAX_SLUG_LENGTH && SLUG.test(text);
}

/** `text` as the id or the slug of a room; undefined when it is neither. */
export function parseRoomReference(text: string): RoomReference | undefined {
  if (isUuid(text)) return { roomId: text.toLowerCase() };
  return isSlug(text) ? { slug: text } : undefined;
}

/** Whether the caller may change and delete the room. */
export function administersRoom(
  caller: IdentifiedCaller,
  { organisationId, ownerUserId }: Pick<Room, "organisationId" | "ownerUserId">,
): boolean {
  if (organisationId !== caller.organisationId) return false;
  return actsForOrganisation(caller) || (caller.kind === "user" && caller.userId === ownerUserId);
}
