import type { Logger } from "../../runtime/log.ts";
import type { MeetingPropagation } from "../meeting/meeting_propagation.ts";
import type { ModerationOutbox } from "./moderation_outbox.ts";

/** How often the outbox is looked at, milliseconds: an action is in the audit log within two seconds. */
export const MODERATION_INTERVAL_MS = 1_000;
/** Actions of one transaction: those who write the same audit log wait for it. */
export const MAX_ACTIONS_TAKEN = 100;

/** Takes what moderators did in running meetings into the audit log and to the webhooks. */
export class ModerationRecorder {
  readonly #outbox: ModerationOutbox;
  readonly #propagation: Pick<MeetingPropagation, "tell">;
  readonly #onRecorded: () => void;
  readonly #log: Logger;

  constructor(options: {
    outbox: ModerationOutbox;
    propagation: Pick<MeetingPropagation, "tell">;
    /** Called when events may wait to be sent. */
    onRecorded: () => void;
    log: Logger;
  }) {
    this.#outbox = options.outbox;
    this.#propagation = options.propagation;
    this.#onRecorded = options.onRecorded;
    this.#log = options.log;
  }

  /** Records all that waits. Any number of processes may do so at once. */
  async recordAll(signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const { count, endedMeetingIds } = await this.#outbox.take(MAX_ACTIONS_TAKEN);
      if (count > 0) this.#onRecorded();
      await Promise.all(endedMeetingIds.map((meetingId) => this.#tellEnd(meetingId)));
      if (count < MAX_ACTIONS_TAKEN) return;
    }
  }

  /** Another controller than the one that ended the meeting may have been assigned meanwhile. */
  async #tellEnd(meetingId: string): Promise<void> {
    try {
      await this.#propagation.tell(meetingId);
    } catch (error) {
      // Whichever has the meeting cannot own it any more, and lets go of it by itself.
      this.#log.warn("meeting controller not told of an end", { meetingId, error });
    }
  }
}
