import type { MeetingRole } from "../auth/token/join_token.ts";

/** As what somebody is in a meeting; a co-host is made one there. */
export type AttendeeRole = MeetingRole | "co_host";

/** Why a participant is no longer there; `controller_lost` is concluded, the others reported. */
export type ParticipantLeaveReason =
  | "voluntary"
  | "kicked"
  | "connection_lost"
  | "meeting_ended"
  | "controller_lost";

/** Who a participant is, as the meeting controller knows it. */
export interface ParticipantIdentity {
  readonly role: AttendeeRole;
  /** The person's account. */
  readonly userId: string | null;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
}

/** When something happened: clocks of two owners may differ, and their epochs tell the order. */
export interface Moment {
  /** Of the meeting's owner then. */
  readonly epoch: bigint;
  readonly at: Date;
}

/** That somebody has left, and why. */
export interface Departure extends Moment {
  readonly reason: ParticipantLeaveReason;
}

/** One report of a meeting controller about one participant. */
export interface ParticipantEvent extends ParticipantIdentity {
  readonly meetingId: string;
  readonly participantId: string;
  readonly occurredAt: Date;
  /** Of the meeting's owner; 0 where none is told. */
  readonly epoch: bigint;
  /** `joined`: also whoever is back. */
  readonly kind: "joined" | "left";
  /** Given with `joined`. */
  readonly name: string;
  /** Given with `left`. */
  readonly leaveReason?: ParticipantLeaveReason;
}

/** What several reports say of one participant, in whatever order they came. */
export interface ParticipantChange extends ParticipantIdentity {
  readonly participantId: string;
  readonly meetingId: string;
  readonly name: string;
  /** The first arrival. */
  readonly joinedAt: Date | null;
  /** The latest one. */
  readonly arrival: Moment | null;
  /** The latest one; it counts if no arrival is later. */
  readonly departure: Departure | null;
}

/** Whether `a` was after `b`. */
export function isLater(a: Moment, b: Moment): boolean {
  return a.epoch === b.epoch ? a.at > b.at : a.epoch > b.epoch;
}

/** The later of two; the first of two that were at once. */
export function latest<Kind extends Moment>(a: Kind | null, b: Kind | null): Kind | null {
  if (a === null || b === null) return a ?? b;
  return isLater(b, a) ? b : a;
}

/** The earlier of two times. */
export function earliest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a <= b ? a : b;
}

/** When the change was; undefined for one that says nothing. */
export function momentOf({ arrival, departure }: {
  readonly arrival: Moment | null;
  readonly departure: Moment | null;
}): Moment | undefined {
  return latest<Moment>(arrival, departure) ?? undefined;
}

/**
 * Merges reports into one change for each participant. Of arrivals and of departures the latest of
 * each counts, so that repeated or reordered reports change nothing.
 */
export function mergeParticipantEvents(events: readonly ParticipantEvent[]): ParticipantChange[] {
  const changes = new Map<string, ParticipantChange>();
  for (const event of events) {
    const before = changes.get(event.participantId);
    changes.set(event.participantId, mergeParticipantChanges(before, changeOf(event)));
  }
  return [...changes.values()];
}

function changeOf(event: ParticipantEvent): ParticipantChange {
  const { participantId, meetingId, role, userId, userReference, occurredAt: at, epoch } = event;
  const who = { participantId, meetingId, role, userId, userReference };
  if (event.kind === "joined") {
    return { ...who, name: event.name, joinedAt: at, arrival: { epoch, at }, departure: null };
  }
  const reason = event.leaveReason ?? "connection_lost";
  return { ...who, name: "", joinedAt: null, arrival: null, departure: { epoch, at, reason } };
}

function mergeParticipantChanges(
  before: ParticipantChange | undefined,
  next: ParticipantChange,
): ParticipantChange {
  if (before === undefined) return next;
  const newest = isLater(momentOf(next)!, momentOf(before)!) ? next : before;
  return {
    participantId: before.participantId,
    meetingId: before.meetingId,
    role: newest.role,
    userId: before.userId,
    userReference: before.userReference,
    name: before.name || next.name,
    joinedAt: earliest(before.joinedAt, next.joinedAt),
    arrival: latest(before.arrival, next.arrival),
    departure: latest(before.departure, next.departure),
  };
}
