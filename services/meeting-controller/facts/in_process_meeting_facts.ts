import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import type { InProcessOwnerTable } from "../ownership/in_process_owner_table.ts";
import {
  type Ban,
  type GivenRole,
  type KnownMeeting,
  type MeetingFacts,
  type ModerationAction,
  SupersededOwnerError,
} from "./meeting_facts.ts";

/** Actions that are remembered, so that none is recorded twice; the oldest are forgotten first. */
const MAX_ACTIONS = 10_000;
/** Meetings that one process without a database has in its life. */
const MAX_MEETINGS = 100_000;

interface MeetingRecord {
  settings: MeetingSettings;
  /** By participant id, in the order in which they were given. */
  readonly roles: Map<string, GivenRole>;
  readonly bans: Map<string, Ban>;
  ended: boolean;
}

/** The facts of the meetings of one process, without a database; its controllers share them. */
export class InProcessFactTable {
  readonly #meetings = new Map<string, MeetingRecord>();
  /** By action id. */
  readonly #actions = new Map<string, { meetingId: string; action: ModerationAction }>();

  /** @param owners who they are, and which meetings have ended. */
  constructor(readonly owners: InProcessOwnerTable) {}

  /**
   * The meeting exists from now on, or has these settings from now on.
   *
   * @throws {RangeError} when there are too many.
   */
  put(meetingId: string, settings: MeetingSettings): void {
    const meeting = this.#meetings.get(meetingId);
    if (meeting !== undefined) meeting.settings = settings;
    else if (this.#meetings.size < MAX_MEETINGS) {
      this.#meetings.set(meetingId, { settings, roles: new Map(), bans: new Map(), ended: false });
    } else throw new RangeError("too many meetings for a process without a database");
  }

  /** The recorded actions of the meeting, in their order. */
  actionsOf(meetingId: string): readonly ModerationAction[] {
    return [...this.#actions.values()].filter((entry) => entry.meetingId === meetingId)
      .map(({ action }) => action);
  }

  /** The meeting, unless it has ended. */
  find(meetingId: string): MeetingRecord | undefined {
    const meeting = this.#meetings.get(meetingId);
    return meeting?.ended ? undefined : meeting;
  }

  /** @returns whether the action was not recorded before. */
  add(meetingId: string, action: ModerationAction): boolean {
    if (this.#actions.has(action.actionId)) return false;
    this.#actions.set(action.actionId, { meetingId, action });
    const [oldest] = this.#actions.keys();
    if (this.#actions.size > MAX_ACTIONS) this.#actions.delete(oldest!);
    return true;
  }
}

/** One controller's view of the facts that the controllers of its process share. */
export class InProcessMeetingFacts implements MeetingFacts {
  readonly #table: InProcessFactTable;
  readonly #controllerId: string;

  constructor(options: { table: InProcessFactTable; controllerId: string }) {
    this.#table = options.table;
    this.#controllerId = options.controllerId;
  }

  load(meetingId: string): Promise<KnownMeeting | undefined> {
    const meeting = this.#table.find(meetingId);
    return Promise.resolve(
      meeting && {
        settings: meeting.settings,
        roles: [...meeting.roles.values()],
        bans: [...meeting.bans.values()],
      },
    );
  }

  record(meetingId: string, epoch: bigint, actions: readonly ModerationAction[]): Promise<void> {
    if (!this.#table.owners.isOwner(meetingId, this.#controllerId, epoch)) {
      return Promise.reject(new SupersededOwnerError("another controller has the meeting"));
    }
    const meeting = this.#table.find(meetingId);
    for (const action of actions) {
      if (this.#table.add(meetingId, action) && meeting !== undefined) {
        this.#apply(meetingId, meeting, action);
      }
    }
    return Promise.resolve();
  }

  #apply(meetingId: string, meeting: MeetingRecord, { deed }: ModerationAction): void {
    switch (deed.action) {
      case "ban": {
        const { participantId } = deed.ban;
        if (!meeting.bans.has(participantId)) meeting.bans.set(participantId, deed.ban);
        break;
      }
      case "change_role":
        giveRole(meeting.roles, deed.given);
        break;
      case "lock":
      case "unlock":
        meeting.settings = { ...meeting.settings, locked: deed.action === "lock" };
        break;
      case "enable_lobby":
      case "disable_lobby":
        meeting.settings = { ...meeting.settings, lobbyEnabled: deed.action === "enable_lobby" };
        break;
      case "end_meeting":
        meeting.ended = true;
        this.#table.owners.end(meetingId);
        break;
    }
  }
}

/** A person has one role, in whatever participant. */
function giveRole(roles: Map<string, GivenRole>, given: GivenRole): void {
  for (const [participantId, { userId }] of roles) {
    if (userId !== "" && userId === given.userId) roles.delete(participantId);
  }
  roles.delete(given.participantId);
  roles.set(given.participantId, given);
}
