import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { ModerationAction } from "../facts/meeting_facts.ts";
import type { Participant } from "../participant/participant.ts";
import type { MeetingContext, StateNotes } from "./meeting_context.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { type Receiver, Roster } from "./roster.ts";
import type { ServerMessage } from "./server_message.ts";
import type { MeetingField } from "../state/meeting_fields.ts";
import type { Tenure } from "./tenure.ts";

/**
 * How long what a moderator changed goes before assignments, milliseconds: one that is on its way
 * may have been made before.
 */
export const MODERATED_SETTINGS_LIMIT_MS = 10_000;

/** What a meeting's parts share: its roster, its settings, and what is stored of them. */
export class MeetingState implements MeetingContext {
  readonly meetingId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly roster: Roster;
  readonly notes: StateNotes;
  readonly #options: {
    readonly tenure: Tenure;
    readonly meetingField: () => MeetingField;
    readonly participantField: (participant: Participant) => MeetingField;
  };
  #settings: MeetingSettings;
  #moderatedAtMs = -Infinity;

  constructor(options: {
    readonly meetingId: string;
    readonly tenure: Tenure;
    readonly clock: Clock;
    readonly log: Logger;
    /** The meeting's own record as it is now. */
    readonly meetingField: () => MeetingField;
    readonly participantField: (participant: Participant) => MeetingField;
  }) {
    const { tenure, meetingId, clock, log } = options;
    this.#options = options;
    this.meetingId = meetingId;
    this.clock = clock;
    this.log = log;
    this.notes = tenure.notes;
    this.roster = new Roster(tenure.epoch);
    const { settings } = tenure.known;
    this.#settings = { ...settings, e2eEncryption: isEncrypted(tenure) };
  }

  settings(): MeetingSettings {
    return this.#settings;
  }

  changeSettings(change: Partial<Pick<MeetingSettings, "locked" | "lobbyEnabled">>): void {
    this.#moderatedAtMs = this.clock.now();
    this.#change({ ...this.#settings, ...change });
  }

  /** Takes settings that were assigned anew. Encryption never changes while someone is here. */
  configure(assigned: MeetingSettings, isEmpty: boolean): void {
    const { e2eEncryption, locked, lobbyEnabled } = this.#settings;
    const moderated = this.clock.now() - this.#moderatedAtMs < MODERATED_SETTINGS_LIMIT_MS;
    this.#change({
      ...assigned,
      ...(isEmpty ? {} : { e2eEncryption }),
      ...(moderated ? { locked, lobbyEnabled } : {}),
    });
  }

  tell(receiver: Receiver, message: ServerMessage): void {
    this.roster.tell(receiver, message);
  }

  saveMeeting(): void {
    this.notes.set(...this.#options.meetingField());
  }

  save(participant: Participant): void {
    this.notes.set(...this.#options.participantField(participant));
  }

  announce(participant: Participant): void {
    this.save(participant);
    if (participant.isAway) return;
    this.roster.broadcast({ case: "participantUpdated", value: participant.describeChanges() });
  }

  async record(actions: readonly ModerationAction[]): Promise<void> {
    await this.#options.tenure.record(actions);
  }

  #change(settings: MeetingSettings): void {
    const { locked, lobbyEnabled } = this.#settings;
    this.#settings = settings;
    if (settings.locked === locked && settings.lobbyEnabled === lobbyEnabled) return;
    this.roster.broadcast({
      case: "meetingUpdated",
      value: { locked: settings.locked, lobbyEnabled: settings.lobbyEnabled },
    });
  }
}

/**
 * Whether the meeting is encrypted that the tenure begins with. That never changes while somebody is
 * in it; without anybody, the facts say what is wanted now. Where the record is lost in which it
 * stood, it is encrypted if the facts say so, or if anybody brought keys: never less than it was.
 */
function isEncrypted({ known, restored }: Pick<Tenure, "known" | "restored">): boolean {
  const { e2eEncryption } = known.settings;
  if (restored === undefined || restored.participants.length === 0) return e2eEncryption;
  const { participants, meeting } = restored;
  return meeting.e2eEncryption ??
    (e2eEncryption || participants.some(({ encryptionKeys }) => encryptionKeys !== undefined));
}
