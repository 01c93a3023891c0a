import { create } from "@bufbuild/protobuf";
import {
  type MediaPresence,
  MediaPresenceSchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { MediaRouter } from "../routing/media_router.ts";

/** Who has connected and who has lost the connection, as one listener has yet to be told. */
export class PresenceChanges {
  readonly #router: MediaRouter;
  /** Participants that are connected as far as the listener knows, by meeting. */
  #told = new Map<string, Set<string>>();

  constructor(router: MediaRouter) {
    this.#router = router;
  }

  /** The changes since the last call; at first everyone who is connected. */
  take(): MediaPresence[] {
    const before = this.#told;
    const now = connectedParticipants(this.#router);
    this.#told = now;
    return [...differences(before, now, false), ...differences(now, before, true)];
  }
}

function connectedParticipants(router: MediaRouter): Map<string, Set<string>> {
  const connected = new Map<string, Set<string>>();
  for (const [meetingId, { participants }] of router.meetings) {
    const ids = new Set<string>();
    for (const { id, peer } of participants.values()) if (peer !== undefined) ids.add(id);
    if (ids.size > 0) connected.set(meetingId, ids);
  }
  return connected;
}

/** Those of `some` that are not among `others`. */
function* differences(
  some: ReadonlyMap<string, ReadonlySet<string>>,
  others: ReadonlyMap<string, ReadonlySet<string>>,
  connected: boolean,
): Generator<MediaPresence> {
  for (const [meetingId, ids] of some) {
    for (const participantId of ids) {
      if (others.get(meetingId)?.has(participantId)) continue;
      yield create(MediaPresenceSchema, { meetingId, participantId, connected });
    }
  }
}
