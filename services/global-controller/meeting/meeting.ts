import type { RegisteredController, RegisteredMediaHandler } from "../region/registered_server.ts";
import { isUuid } from "../rest/uuid.ts";
import { parseMeetingCode } from "./meeting_code.ts";

/** What somebody who joins without being a host may be allowed to send. */
export const DEFAULT_GRANTS = ["camera", "microphone", "screen", "chat"] as const;
export type DefaultGrant = typeof DEFAULT_GRANTS[number];

/** What the creator of a meeting chose (specification 1.1). */
export interface MeetingSettings {
  readonly enableE2eEncryption: boolean;
  /** Joining needs an access token. */
  readonly requireAuth: boolean;
  readonly recordingEnabled: boolean;
  /** Who joins waits until a host admits them. */
  readonly lobbyEnabled: boolean;
  /** For everybody but hosts, in the order of DEFAULT_GRANTS. */
  readonly defaultGrants: readonly DefaultGrant[];
}

/** What a meeting has that names no other. */
export const DEFAULT_SETTINGS: MeetingSettings = {
  enableE2eEncryption: true,
  requireAuth: false,
  recordingEnabled: false,
  lobbyEnabled: false,
  defaultGrants: DEFAULT_GRANTS,
};

/** Whose a meeting is; a guest's is nobody's. */
export interface MeetingOwner {
  readonly organisationId: string | null;
  readonly userId: string | null;
  readonly clientId: string | null;
}

/** What a meeting is, and may become by a change. */
export interface MeetingDefinition {
  /** Empty when it has none. */
  readonly displayName: string;
  /** For those who administer the meeting; empty when it has none. */
  readonly description: string;
  readonly maxParticipants: number;
  readonly settings: MeetingSettings;
  /** Nobody but hosts gets in. */
  readonly locked: boolean;
  /** Of SecretHasher; null: joining needs no passcode. */
  readonly passcodeHash: string | null;
  /** Null: whenever somebody joins. */
  readonly scheduledStart: Date | null;
  /** After the start; null: open. */
  readonly scheduledEnd: Date | null;
}

/** A meeting that is not stored yet. */
export interface NewMeeting extends MeetingDefinition {
  /** A UUID. */
  readonly meetingId: string;
  /** Such as `abc-defg-hjk`. */
  readonly code: string;
  readonly owner: MeetingOwner;
  /** The room whose one open meeting it becomes. */
  readonly roomId: string | null;
  /** The region that its creator asked for. */
  readonly region?: string | null;
  /** What the browser of the guest is known by who created it; empty: no guest's browser did. */
  readonly guestHostId?: string;
  /** Null: nothing serves it before somebody joins. */
  readonly assignment: MeetingAssignment | null;
}

/** Which processes serve a meeting. */
export interface MeetingAssignment {
  readonly controllerId: string;
  /** Null when the controller named one that is not registered (any more). */
  readonly mediaHandlerId: string | null;
}

/** A meeting with how many are in it. */
export interface MeetingSummary extends Omit<NewMeeting, "assignment"> {
  /** Grows with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly participantCount: number;
}

/** The part of a server's registration that a joining client needs. */
export type AssignedController =
  & Pick<RegisteredController, "controllerId" | "region" | "endpoint" | "certificateHashes">
  & {
    /** Where services call; undefined: it owns the meeting, and is not registered (any more). */
    readonly rpcEndpoint: string | undefined;
    /** It owns the meeting under a lease that lives: nobody else can serve the meeting now. */
    readonly owns: boolean;
    /** It has given the meeting up, for another one to take. */
    readonly released: boolean;
    /** It answered of late, does not say that it is unhealthy, and its lease has not run out. */
    readonly healthy: boolean;
    /** It is about to stop. */
    readonly draining: boolean;
    /** Its heartbeat is missing: whoever is sent there should know that it answers. */
    readonly overdue: boolean;
  };
export type AssignedMediaHandler =
  & Pick<RegisteredMediaHandler, "handlerId" | "endpoint" | "certificateHashes">
  & { readonly healthy: boolean };

/** A meeting with the processes that serve it; undefined when a process is gone. */
export interface Meeting extends MeetingSummary {
  /** Where it was to be, or else was first; null: nowhere yet. */
  readonly region: string | null;
  readonly controller: AssignedController | undefined;
  readonly mediaHandler: AssignedMediaHandler | undefined;
}

/** What a meeting is found by: its own names, or the room whose open meeting it is. */
export type MeetingReference =
  | { readonly meetingId: string }
  | { readonly code: string }
  | { readonly roomId: string };

/** "scheduled": nobody is in it. */
export type MeetingStatus = "scheduled" | "active" | "ended";

/** `text` as a meeting id or a meeting code, or undefined when it is neither. */
export function parseMeetingReference(text: string): MeetingReference | undefined {
  if (isUuid(text)) return { meetingId: text.toLowerCase() };
  const code = parseMeetingCode(text);
  return code === undefined ? undefined : { code };
}

/** Where the meeting stands. */
export function meetingStatus(
  meeting: Pick<MeetingSummary, "endedAt" | "participantCount">,
): MeetingStatus {
  if (meeting.endedAt !== null) return "ended";
  return meeting.participantCount > 0 ? "active" : "scheduled";
}
