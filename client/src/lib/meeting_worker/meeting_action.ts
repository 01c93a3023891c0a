import type { MeetingActions, MeetingNotices } from "../../../core/meeting/meeting_actions.ts";

/** One of the actions of a meeting, as it crosses from the page to the worker. */
export type MeetingAction = {
  [Name in keyof MeetingActions]: {
    readonly name: Name;
    readonly args: Parameters<MeetingActions[Name]>;
  };
}[keyof MeetingActions];

/** One of the notices of a meeting, as it crosses from the worker to the page. */
export type MeetingNotice = {
  [Name in keyof MeetingNotices]-?: {
    readonly name: Name;
    readonly told: Parameters<NonNullable<MeetingNotices[Name]>>[0];
  };
}[keyof MeetingNotices];

/** Does what the page asks for; rejects as the action does. */
export async function perform(meeting: MeetingActions, action: MeetingAction): Promise<void> {
  const { name, args } = action;
  // Each name comes with its own arguments; across all of them the compiler sees only unions.
  const act = meeting[name] as (...args: MeetingAction["args"]) => Promise<void>;
  await act.apply(meeting, args);
}

/** Tells the page's listener, if it listens to this. */
export function tell(listener: MeetingNotices, { name, told }: MeetingNotice): void {
  const listen = listener[name] as ((told: MeetingNotice["told"]) => void) | undefined;
  listen?.call(listener, told);
}

/** Makes the notices that a meeting calls out of a function that passes each on. */
export function noticesTo(pass: (notice: MeetingNotice) => void): Required<MeetingNotices> {
  return {
    onReaction: (told) => pass({ name: "onReaction", told }),
    onUnmuteAsked: (told) => pass({ name: "onUnmuteAsked", told }),
    onStreamStopped: (told) => pass({ name: "onStreamStopped", told }),
  };
}
