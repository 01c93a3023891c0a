import type { MediaHandler, MediaHandlers } from "./media_handlers.ts";

/**
 * The media handlers as one meeting chooses among them: first the one that was chosen before anybody
 * came, so that whoever connected there early is right.
 */
export function preferring(
  early: MediaHandler | undefined,
  handlers: MediaHandlers,
): MediaHandlers {
  if (early === undefined) return handlers;
  return {
    choose: () => early.gone.aborted ? handlers.choose() : early,
    find: (handlerId) => handlers.find(handlerId),
    connected: (handlerId, meetingId) => handlers.connected(handlerId, meetingId),
    reportUnreachable: (handler) => handlers.reportUnreachable(handler),
  };
}
