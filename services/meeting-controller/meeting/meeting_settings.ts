import type { MeetingConfig } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";

/** Most participants of any meeting, and of one whose assignment names no number. */
export const MAX_PARTICIPANTS_LIMIT = 500;

/** Longest title, characters: it goes into every join_response, which has a bound. */
export const MAX_DISPLAY_NAME_LENGTH = 500;

/** What the global controller fixed about a meeting. */
export interface MeetingSettings {
  readonly displayName: string;
  readonly maxParticipants: number;
  readonly e2eEncryption: boolean;
  /** Nobody but hosts gets in. */
  readonly locked: boolean;
  /** Who joins waits until a host admits them. */
  readonly lobbyEnabled: boolean;
}

/** The settings in an assignment. */
export function readMeetingSettings(config: MeetingConfig | undefined): MeetingSettings {
  const asked = config?.maxParticipants ?? 0;
  return {
    displayName: (config?.displayName ?? "").slice(0, MAX_DISPLAY_NAME_LENGTH),
    maxParticipants: asked === 0 ? MAX_PARTICIPANTS_LIMIT : Math.min(asked, MAX_PARTICIPANTS_LIMIT),
    // Encrypted unless the assignment says otherwise.
    e2eEncryption: config?.enableE2eEncryption ?? true,
    locked: config?.locked ?? false,
    lobbyEnabled: config?.lobbyEnabled ?? false,
  };
}
