import type { RegisteredController, RegisteredMediaHandler } from "../region/registered_server.ts";
import { isUuid } from "../rest/uuid.ts";
import { parseMeetingCode } from "./meeting_code.ts";

/** What the creator of a meeting chose (specification 1.1). */
export interface MeetingSettings {
  readonly enableE2eEncryption: boolean;
  /** Joining needs an access token. */
  readonly requireAuth: boolean;
  readonly recordingEnabled: boolean;
}

/** Whose a meeting is; a guest's is nobody's. */
export interface MeetingOwner {
  readonly organisationId: string | null;
  readonly userId: string | null;
  readonly clientId: string | null;
}

/** The facts of a meeting that its creation fixes. */
export interface NewMeeting {
  /** A UUID. */
  readonly meetingId: string;
  /** Such as `abc-defg-hjk`. */
  readonly code: string;
  /** Empty when it has none. */
  readonly displayName: string;
  readonly maxParticipants: number;
  readonly settings: MeetingSettings;
  readonly owner: MeetingOwner;
  readonly assignment: MeetingAssignment;
}

/** Which processes serve a meeting. */
export interface MeetingAssignment {
  readonly controllerId: string;
  /** Null when the controller named one that is not registered (any more). */
  readonly mediaHandlerId: string | null;
}

/** A meeting with how many are in it. */
export interface MeetingSummary {
  readonly meetingId: string;
  readonly code: string;
  readonly displayName: string;
  readonly maxParticipants: number;
  readonly settings: MeetingSettings;
  readonly owner: MeetingOwner;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly participantCount: number;
}

/** The part of a server's registration that a joining client needs. */
export type AssignedController =
  & Pick<
    RegisteredController,
    "controllerId" | "region" | "endpoint" | "rpcEndpoint" | "certificateHashes"
  >
  & { readonly healthy: boolean };
export type AssignedMediaHandler =
  & Pick<RegisteredMediaHandler, "handlerId" | "endpoint" | "certificateHashes">
  & { readonly healthy: boolean };

/** A meeting with the processes that serve it; undefined when a process is gone. */
export interface Meeting extends MeetingSummary {
  readonly controller: AssignedController | undefined;
  readonly mediaHandler: AssignedMediaHandler | undefined;
}

/** How a caller names a meeting. */
export type MeetingReference = { readonly meetingId: string } | { readonly code: string };

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
