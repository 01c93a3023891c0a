import type { Scheduler } from "../crypto/scheduler.ts";
import type { Connect } from "../transport/connect.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import type { MeetingEvents } from "./meeting_events.ts";
import type { CreateKeys } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";

/** What a meeting needs. */
export interface MeetingOptions {
  readonly connect: Connect;
  /** Gets the right to join once; called for each attempt. */
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /**
   * Asks where the meeting is served now; called while its controller is away. Without it, only
   * those controllers are tried that the meeting's own named.
   */
  readonly fetchEndpoints?:
    | ((options: { readonly signal: AbortSignal }) => Promise<MeetingEndpoints>)
    | undefined;
  /** Where the meeting is served, if known already: connecting need not wait for the grant. */
  readonly endpoints?: MeetingEndpoints | undefined;
  readonly events: MeetingEvents;
  readonly log?: MeetingLog;
  /** Told each new highest epoch that was heard of the meeting. */
  readonly onEpoch?: ((epoch: bigint) => void) | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
  readonly scheduler?: Scheduler;
  /** Numbers from 0 to below 1, for the waits between attempts. */
  readonly random?: () => number;
  readonly createKeys?: CreateKeys;
}
