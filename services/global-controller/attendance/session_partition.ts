/**
 * How long after the last one was lost a run goes on, milliseconds: whoever lost the connection, or
 * the meeting controller, may resume for five minutes, and has a moment to be reported.
 */
export const RUN_GRACE_MS = 330_000;

/** When one participant was in a meeting. */
export interface Presence {
  readonly participantId: string;
  readonly joinedAt: Date;
  /** Null: still there. */
  readonly leftAt: Date | null;
  /** The participant was lost, and may be back. */
  readonly wasLost: boolean;
  /** The session that the participant was counted to so far. */
  readonly sessionId: string | null;
}

/** One run of a meeting: from the first one in to the last one out who is not back in time. */
export interface SessionSpan {
  readonly sessionId: string;
  readonly startedAt: Date;
  /** Null: it goes on. */
  readonly endedAt: Date | null;
  /** Nobody is there, and it goes on until then unless somebody is back; null: else. */
  readonly heldUntil: Date | null;
  /** The most that were there at the same time. */
  readonly peakParticipants: number;
  readonly participantIds: readonly string[];
}

interface Group {
  readonly members: Presence[];
  /** When the last one left; infinity: somebody is there. */
  endMs: number;
  /** Whoever comes until then belongs to it. */
  heldUntilMs: number;
}

/**
 * Divides the participants of a meeting into its sessions: whoever was there at the same time, or
 * with somebody who was there with them, or within {@link RUN_GRACE_MS} of the last one's loss,
 * belongs together. The result depends on the times alone, never on the order in which they became
 * known.
 *
 * @param newSessionId names a session that none of its participants was counted to before.
 * @param nowMs now, milliseconds since the Unix epoch; infinity: nobody can be back.
 * @returns the earliest session first.
 */
export function partitionIntoSessions(
  presences: readonly Presence[],
  newSessionId: () => string,
  nowMs: number = Infinity,
): SessionSpan[] {
  const groups = groupByTime(presences);
  const taken = new Set<string>();
  return groups.map(({ members, endMs, heldUntilMs }, index) => {
    // A session that falls apart goes on in its first part, one of several that merge in the first.
    const known = members.find(({ sessionId }) => sessionId !== null && !taken.has(sessionId));
    const sessionId = known?.sessionId ?? newSessionId();
    taken.add(sessionId);
    const isLast = index === groups.length - 1;
    const isHeld = isLast && endMs < Infinity && endMs < heldUntilMs && nowMs < heldUntilMs;
    return {
      sessionId,
      startedAt: members[0]!.joinedAt,
      endedAt: isHeld || endMs === Infinity ? null : new Date(endMs),
      heldUntil: isHeld ? new Date(heldUntilMs) : null,
      peakParticipants: peakOf(members),
      participantIds: members.map(({ participantId }) => participantId),
    };
  });
}

function groupByTime(presences: readonly Presence[]): Group[] {
  const groups: Group[] = [];
  for (const presence of [...presences].sort(byArrival)) {
    const endMs = endMsOf(presence);
    const heldUntilMs = endMs + (presence.wasLost ? RUN_GRACE_MS : 0);
    const group = groups.at(-1);
    if (group === undefined || presence.joinedAt.getTime() > group.heldUntilMs) {
      groups.push({ members: [presence], endMs, heldUntilMs });
      continue;
    }
    group.members.push(presence);
    // The last one out decides whether it is held.
    if (endMs === group.endMs) group.heldUntilMs = Math.max(group.heldUntilMs, heldUntilMs);
    else if (endMs > group.endMs) Object.assign(group, { endMs, heldUntilMs });
  }
  return groups;
}

/** Whoever comes in the moment that another one goes still meets that one. */
function peakOf(members: readonly Presence[]): number {
  const departuresMs = members.map(endMsOf).sort((a, b) => a - b);
  let gone = 0;
  let peak = 0;
  for (const [index, { joinedAt }] of members.entries()) {
    while (departuresMs[gone]! < joinedAt.getTime()) gone++;
    peak = Math.max(peak, index + 1 - gone);
  }
  return peak;
}

function endMsOf({ joinedAt, leftAt }: Presence): number {
  // Clocks of two meeting controllers may differ: nobody leaves before coming.
  return leftAt === null ? Infinity : Math.max(leftAt.getTime(), joinedAt.getTime());
}

function byArrival(a: Presence, b: Presence): number {
  const ms = a.joinedAt.getTime() - b.joinedAt.getTime();
  return ms !== 0 ? ms : a.participantId < b.participantId ? -1 : 1;
}
