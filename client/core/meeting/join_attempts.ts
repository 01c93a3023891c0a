import type { Scheduler } from "../crypto/scheduler.ts";
import { wait } from "../transport/deadline.ts";
import type { BackOff } from "./back_off.ts";
import { judgeFailure } from "./failure.ts";

/**
 * Calls `attempt` until it succeeds, for as long as its failures leave hope.
 *
 * @throws {MeetingError} what the last failure means for the meeting.
 * @throws the reason of the signal when it aborts.
 */
export async function joinPatiently<T>(
  attempt: () => Promise<T>,
  options: {
    /** When the trying began, milliseconds of `now`. */
    readonly startedAtMs: () => number;
    readonly backOff: BackOff;
    readonly now: () => number;
    readonly scheduler: Scheduler;
    readonly signal: AbortSignal;
    readonly onFailedAttempt: (error: unknown) => void;
  },
): Promise<T> {
  const { backOff, now, scheduler, signal } = options;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      options.onFailedAttempt(error);
      const { failure, retryForMs } = judgeFailure(error);
      const delayMs = backOff.next();
      if (now() + delayMs - options.startedAtMs() >= retryForMs) throw failure;
      await wait(delayMs, { signal, scheduler });
    }
  }
}
