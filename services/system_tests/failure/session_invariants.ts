import { acknowledgementsIn, entriesOf, type Evidence } from "./evidence.ts";

/** How long a session that another one replaced may not know it yet, milliseconds. */
export const SUPERSEDED_LIMIT_MS = 2_000;

/** Participants with two live sessions. */
export function doubleSessions({ journals }: Evidence): string[] {
  const entries = journals.flatMap(({ entries }) => entries);
  const closed = new Map<string, number>(
    entries.flatMap((entry) =>
      entry.event === "session closed" ? [[entry.session, entry.atMs] as const] : []
    ),
  );
  const byParticipant = Map.groupBy(
    journals.flatMap((journal) => entriesOf(journal, "session opened")),
    ({ participantId }) => participantId,
  );
  return [...byParticipant].flatMap(([participantId, opened]) => {
    let untilMs = -Infinity;
    return opened.toSorted((one, other) => one.atMs - other.atMs).flatMap(({ atMs, session }) => {
      const togetherMs = untilMs - atMs;
      untilMs = Math.max(untilMs, closed.get(session) ?? Infinity);
      if (togetherMs <= SUPERSEDED_LIMIT_MS) return [];
      return [`${participantId} had two sessions for ${Math.round(togetherMs)} ms`];
    });
  });
}

/** Tokens that let somebody in twice. */
export function reusedTokens(evidence: Evidence): string[] {
  const used = new Map<string, string>();
  return acknowledgementsIn(evidence).flatMap(({ what, person }) => {
    if (what.kind !== "join" || what.tokenId === undefined) return [];
    const before = used.get(what.tokenId);
    used.set(what.tokenId, person);
    if (before === undefined) return [];
    return [`${what.tokenId} admitted ${before}, and then ${person}`];
  });
}

/** Banned people who came in again. */
export function returnedBanned(evidence: Evidence): string[] {
  const banned = new Set<string>();
  const personOf = new Map<string, string>();
  return acknowledgementsIn(evidence).flatMap(({ what, person }) => {
    if (what.kind === "remove" && what.ban) {
      // Who never told who it is stands for itself.
      banned.add(personOf.get(what.participantId) ?? what.participantId);
    }
    if (what.kind !== "join") return [];
    personOf.set(what.participantId, person);
    if (!banned.has(person) && !banned.has(what.participantId)) return [];
    return [`${person} is back as ${what.participantId}`];
  });
}
