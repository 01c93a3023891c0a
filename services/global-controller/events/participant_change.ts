import type { MeetingRole } from "../auth/token/join_token.ts";

/** Why a participant is no longer there; `controller_lost` is concluded, the others reported. */
export type ParticipantLeaveReason =
  | "voluntary"
  | "kicked"
  | "connection_lost"
  | "meeting_ended"
  | "controller_lost";

/** Who a participant is, as the join token said. */
export interface ParticipantIdentity {
  readonly role: MeetingRole;
  /** The person's account. */
  readonly userId: string | null;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
}

/** One report of a meeting controller about one participant. */
export interface ParticipantEvent extends ParticipantIdentity {
  readonly meetingId: string;
  readonly participantId: string;
  readonly occurredAt: Date;
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
  readonly joinedAt: Date | null;
  readonly leftAt: Date | null;
  readonly leaveReason: ParticipantLeaveReason | null;
}

/**
 * Merges reports into one change for each participant. Joining happens once and leaving is final,
 * so that the earliest of each counts, and repeated or reordered reports change nothing.
 */
export function mergeParticipantEvents(events: readonly ParticipantEvent[]): ParticipantChange[] {
  const changes = new Map<string, ParticipantChange>();
  for (const event of events) {
    const { participantId, meetingId, role, userId, userReference } = event;
    const before = changes.get(participantId);
    const change = mergeParticipantChanges(before, {
      participantId,
      meetingId,
      role,
      userId,
      userReference,
      name: event.kind === "joined" ? event.name : "",
      joinedAt: event.kind === "joined" ? event.occurredAt : null,
      leftAt: event.kind === "left" ? event.occurredAt : null,
      leaveReason: event.kind === "left" ? event.leaveReason ?? "connection_lost" : null,
    });
    changes.set(participantId, change);
  }
  return [...changes.values()];
}

/** What `before` and `next` say together; a concluded departure yields to a reported one. */
export function mergeParticipantChanges(
  before: ParticipantChange | undefined,
  next: ParticipantChange,
): ParticipantChange {
  if (before === undefined) return next;
  const keepsEnd = before.leftAt !== null &&
    (next.leftAt === null ||
      (before.leaveReason !== "controller_lost" && before.leftAt <= next.leftAt));
  const end = keepsEnd ? before : next;
  return {
    participantId: before.participantId,
    meetingId: before.meetingId,
    role: before.role,
    userId: before.userId,
    userReference: before.userReference,
    name: before.name || next.name,
    joinedAt: earliest(before.joinedAt, next.joinedAt),
    leftAt: end.leftAt,
    leaveReason: end.leaveReason,
  };
}

function earliest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a <= b ? a : b;
}
