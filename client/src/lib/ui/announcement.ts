import type { ActionFailure } from "../../../core/meeting/meeting_actions.ts";
import type { MeetingRole } from "../../../core/meeting/meeting_state.ts";
import type { SourceGrant } from "../../../core/meeting/source_grant.ts";
import type { ConnectionNews } from "./connection_health.svelte.ts";
import type { Messages } from "./messages/messages.ts";

/** Something that happened in a meeting and is worth a line for a moment. */
export type Announcement =
  | { readonly what: "joined" | "left" | "hand-raised"; readonly name: string }
  | { readonly what: "share-failed" | "device-failed" | "hand-lowered" | "still-muted" }
  | { readonly what: "not-granted" | "stopped-by-moderator"; readonly source: SourceGrant }
  | { readonly what: "muted-by-moderator"; readonly source: "microphone" | "camera" }
  | { readonly what: "role"; readonly role: MeetingRole }
  | { readonly what: "locked"; readonly locked: boolean }
  | { readonly what: "not-done"; readonly reason: ActionFailure }
  | ConnectionNews;

/** The line that says so. */
export function lineOf(announcement: Announcement, text: Messages): string {
  const { meeting, people, controls, connection } = text;
  switch (announcement.what) {
    case "joined":
      return meeting.joined(announcement.name);
    case "left":
      return meeting.left(announcement.name);
    case "hand-raised":
      return people.news.handRaised(announcement.name);
    case "hand-lowered":
      return people.news.handLowered;
    case "still-muted":
      return people.news.stillMuted;
    case "share-failed":
      return meeting.shareFailed;
    case "device-failed":
      return meeting.deviceFailed;
    case "not-granted":
      return controls.notGranted[announcement.source];
    case "muted-by-moderator":
      return announcement.source === "camera" ? people.news.cameraOff : people.news.microphoneMuted;
    case "stopped-by-moderator":
      return people.news.stopped[announcement.source];
    case "role":
      return people.news.roles[announcement.role];
    case "locked":
      return announcement.locked ? people.news.locked : people.news.unlocked;
    case "not-done":
      return people.news.notDone[announcement.reason];
    case "connection":
      return connection.changes[announcement.level];
    case "overloaded":
      return connection.overloaded;
  }
}
