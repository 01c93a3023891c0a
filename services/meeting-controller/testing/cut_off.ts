import {
  type MediaHandler,
  MediaHandlerError,
  type MediaHandlers,
} from "../placement/media_handlers.ts";
import { type MeetingStateStore, StateStoreAwayError } from "../state/meeting_state_store.ts";

/** Whether a process reaches anything. */
export interface Reach {
  readonly isCut: boolean;
}

/** The store as a process reaches it that may be cut off, or dead. */
export function reachable(store: MeetingStateStore, reach: Reach): MeetingStateStore {
  return through(store, reach, () => new StateStoreAwayError("cut off"));
}

/** The media handlers as such a process reaches them. */
export function reachableMedia(handlers: MediaHandlers, reach: Reach): MediaHandlers {
  const unreachable = () => new MediaHandlerError("unreachable", "cut off");
  const known = new Map<MediaHandler, MediaHandler>();
  const wrap = (handler: MediaHandler | undefined) => {
    if (handler === undefined) return undefined;
    const wrapped = known.get(handler) ?? through(handler, reach, unreachable);
    known.set(handler, wrapped);
    return wrapped;
  };
  return {
    choose: () => wrap(handlers.choose()),
    find: (handlerId) => wrap(handlers.find(handlerId)),
    connected: (handlerId, meetingId) => handlers.connected(handlerId, meetingId),
    reportUnreachable: () => undefined,
  };
}

/** `target`, whose calls reject while nothing is reached, and whose listeners hear nothing then. */
function through<Target extends object>(
  target: Target,
  reach: Reach,
  failure: () => Error,
): Target {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === Symbol.asyncDispose) return value;
      if (String(name).startsWith("on")) {
        return (listener: (...news: unknown[]) => void) =>
          value.call(target, (...news: unknown[]) => reach.isCut || listener(...news));
      }
      return async (...args: unknown[]) => {
        if (reach.isCut) throw failure();
        const answer = await value.apply(target, args);
        if (reach.isCut) throw failure();
        return answer;
      };
    },
  });
}
