import type { StreamType } from "./meeting_state.ts";

/** What a participant may be allowed to send. */
export type SourceGrant = "camera" | "microphone" | "screen";

const GRANT_OF_STREAM: Readonly<Record<StreamType, SourceGrant>> = {
  "audio": "microphone",
  "camera": "camera",
  "screen": "screen",
  "screen-audio": "screen",
};

/** Whether who has these grants may publish a stream of this type; undefined grants allow all. */
export function mayPublish(grants: readonly string[] | undefined, type: StreamType): boolean {
  return grants === undefined || grants.includes(GRANT_OF_STREAM[type]);
}
