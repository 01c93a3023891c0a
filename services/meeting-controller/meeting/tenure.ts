import type { MeetingControllerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { KnownMeeting, ModerationAction } from "../facts/meeting_facts.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";
import type { StateNotes } from "./meeting_context.ts";

/**
 * A meeting while it is owned here: from its acquisition to its release, loss or end. Everything
 * that is remembered of the meeting elsewhere goes through it, under its epoch.
 */
export interface Tenure {
  readonly epoch: bigint;
  /** What the facts said when it began. */
  readonly known: KnownMeeting;
  /** What the owner before left; undefined: nothing. */
  readonly restored: RestoredMeeting | undefined;
  readonly notes: StateNotes;
  /**
   * Resolves when everything noted so far may be acknowledged: it is stored, or the store is away
   * and gets it as soon as it is back.
   *
   * @throws {Refusal} UNAVAILABLE when somebody else may own the meeting.
   */
  stored(): Promise<void>;
  /** Whether changes may be made and acknowledged now; else they are refused as UNAVAILABLE. */
  mayAcknowledge(): boolean;
  /**
   * Records moderators' actions for good.
   *
   * @throws {Refusal} UNAVAILABLE.
   */
  record(actions: readonly ModerationAction[]): Promise<void>;
  /**
   * What the facts say now; undefined: the meeting has ended.
   *
   * @throws {FactsUnavailableError}
   */
  loadFacts(): Promise<KnownMeeting | undefined>;
  /** Somebody met a higher epoch of the meeting: it is another controller's. Idempotent. */
  superseded(): void;
  /** The store's clock as well as it is known here, milliseconds since the Unix epoch. */
  storeNow(): number;
  /** Where else clients may resume, the best first. */
  alternatives(): MeetingControllerInfo[];
}
