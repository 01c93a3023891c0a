import type {
  MediaServerInfo,
  MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Route } from "../subscription/route_changes.ts";

/** What the meeting knows, from which all that a media handler knows can be made again. */
export interface MediaPlan {
  streamsOf(participantId: string): readonly MediaStream[];
  routes(): Iterable<Route>;
  /** The meeting's media is at this handler from now on: to be stored. */
  placed(handlerId: string): void;
  /** The participant's media is now at another place. */
  moved(participantId: string, server: MediaServerInfo): void;
}

/** There is no media handler that takes the participant. */
export class MediaUnavailableError extends Error {
  override readonly name = "MediaUnavailableError";
}
