import { MeetingActionError } from "../../../core/meeting/meeting_actions.ts";
import type { Announcement } from "./announcement.ts";
import type { Act, MediaEngine } from "./media_engine.ts";

/** The meeting that orders go to. */
export interface OrderedMeeting {
  /** Somebody is in it, or on the way in. */
  readonly inMeeting: boolean;
  readonly engine: Promise<MediaEngine> | undefined;
  announce(announcement: Announcement): void;
}

/** Passes on what a person wants done, and tells them what was not. Nothing here rejects. */
export class MeetingOrders {
  constructor(private readonly meeting: OrderedMeeting) {}

  /** Tells the engine while there is a meeting; what it refuses shows in the next snapshot. */
  async tell(order: (engine: MediaEngine) => Promise<void>): Promise<void> {
    if (!this.meeting.inMeeting) return;
    try {
      const engine = await this.meeting.engine;
      if (engine) await order(engine);
    } catch (error) {
      this.meeting.announce(isRefusal(error) ? notDone(error) : { what: "device-failed" });
    }
  }

  /** Asks the meeting for something beyond media. */
  readonly act: Act = async (name, ...args) => {
    if (!this.meeting.inMeeting) return false;
    try {
      const engine = await this.meeting.engine;
      await engine?.act(name, ...args);
      return engine !== undefined;
    } catch (error) {
      // Who left meanwhile need not know.
      if (this.meeting.inMeeting) this.meeting.announce(notDone(error));
      return false;
    }
  };
}

/** The meeting did not do it; its errors come by name out of the worker. */
function isRefusal(error: unknown): boolean {
  return error instanceof MeetingActionError ||
    (error instanceof Error && error.name.startsWith("Signaling"));
}

function notDone(error: unknown): Announcement {
  const reason = error instanceof MeetingActionError ? error.reason : "unavailable";
  return { what: "not-done", reason };
}
