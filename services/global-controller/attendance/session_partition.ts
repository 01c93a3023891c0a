/** When one participant was in a meeting. */
export interface Presence {
  readonly participantId: string;
  readonly joinedAt: Date;
  /** Null: still there. */
  readonly leftAt: Date | null;
  /** The session that the participant was counted to so far. */
  readonly sessionId: string | null;
}

/** One run of a meeting: from the first one in to the last one out. */
export interface SessionSpan {
  readonly sessionId: string;
  readonly startedAt: Date;
  /** Null: it goes on. */
  readonly endedAt: Date | null;
  /** The most that were there at the same time. */
  readonly peakParticipants: number;
  readonly participantIds: readonly string[];
}

/**
 * Divides the participants of a meeting into its sessions: whoever was there at the same time, or
 * with somebody who was there with them, belongs together. The result depends on the times alone,
 * never on the order in which they became known.
 *
 * @param newSessionId names a session that none of its participants was counted to before.
 * @returns the earliest session first.
 */
export function partitionIntoSessions(
  presences: readonly Presence[],
  newSessionId: () => string,
): SessionSpan[] {
  const ordered = [...presences].sort(byArrival);
  const groups: { members: Presence[]; endMs: number }[] = [];
  for (const presence of ordered) {
    const group = groups.at(-1);
    if (group === undefined || presence.joinedAt.getTime() > group.endMs) {
      groups.push({ members: [presence], endMs: endMsOf(presence) });
    } else {
      group.members.push(presence);
      group.endMs = Math.max(group.endMs, endMsOf(presence));
    }
  }
  const taken = new Set<string>();
  return groups.map(({ members, endMs }) => {
    // A session that falls apart goes on in its first part, one of several that merge in the first.
    const known = members.find(({ sessionId }) => sessionId !== null && !taken.has(sessionId));
    const sessionId = known?.sessionId ?? newSessionId();
    taken.add(sessionId);
    return {
      sessionId,
      startedAt: members[0]!.joinedAt,
      endedAt: endMs === Infinity ? null : new Date(endMs),
      peakParticipants: peakOf(members),
      participantIds: members.map(({ participantId }) => participantId),
    };
  });
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
