import type { StreamType } from "../meeting/meeting_state.ts";

/** Whose stream it is, and what it carries. */
export interface StreamSource {
  readonly participantId: string;
  readonly streamId: string;
  readonly type: StreamType;
  readonly codec: string;
}
