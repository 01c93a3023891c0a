import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { ModerationAction } from "../facts/meeting_facts.ts";
import type { Participant, ParticipantConnection } from "../participant/participant.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import type { Roster } from "./roster.ts";
import type { ServerMessage } from "./server_message.ts";

/** Where changes of the stored state are noted; all of them are written before the next answer. */
export interface StateNotes {
  /** The field becomes these bytes. */
  set(field: string, bytes: Uint8Array): void;
  remove(field: string): void;
}

/**
 * What the parts of a meeting share. A part changes what it holds within one turn of the event
 * loop, notes it for the store, and tells the participants; the answer to whoever asked goes out
 * when the store has it.
 */
export interface MeetingContext {
  readonly meetingId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly roster: Roster;
  readonly notes: StateNotes;
  /** As they are now. */
  settings(): MeetingSettings;
  /** From now on; hosts and everyone else are told of the lock and the lobby. */
  changeSettings(change: Partial<Pick<MeetingSettings, "locked" | "lobbyEnabled">>): void;
  /** Sends an event to one, under the meeting's epoch. */
  tell(receiver: { readonly connection: ParticipantConnection }, message: ServerMessage): void;
  /** Something of the meeting's own record changed: the number of the newest message or hand. */
  saveMeeting(): void;
  /** Something of the participant changed that is stored (a role, a hand, a stream). */
  save(participant: Participant): void;
  /** Tells everyone what the participant's role, hand and connection are now, and saves it. */
  announce(participant: Participant): void;
  /**
   * Records moderators' actions for good. Much may have changed when it resolves: check again.
   *
   * @throws {Refusal} UNAVAILABLE: nothing may be done then.
   */
  record(actions: readonly ModerationAction[]): Promise<void>;
}
