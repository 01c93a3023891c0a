import { acknowledgementsIn, entriesOf, type Evidence } from "./evidence.ts";

/** After somebody left, the last frame that they can read comes within so much, milliseconds. */
export const LAST_FRAME_LIMIT_MS = 2_000;

/** People who read frames of a meeting that they are not in. */
export function framesOfNonMembers(evidence: Evidence): string[] {
  return evidence.journals.flatMap((journal) => {
    const { person } = journal;
    /** Since when the person is out; undefined: is in. */
    let outSinceMs: number | undefined;
    const own = new Set<string>();
    const changes = acknowledgementsIn(evidence).filter(({ what }) =>
      what.kind === "join" || what.kind === "leave" || what.kind === "remove"
    );
    const frames = entriesOf(journal, "frame decrypted").toSorted((a, b) => a.atMs - b.atMs);
    let next = 0;
    for (const { atMs } of frames) {
      for (; next < changes.length && changes[next]!.atMs <= atMs; next++) {
        const change = changes[next]!;
        if (change.what.kind === "join" && change.person === person) {
          own.add(change.what.participantId);
          outSinceMs = undefined;
        } else if (change.what.kind !== "join" && own.has(change.what.participantId)) {
          outSinceMs ??= change.atMs;
        }
      }
      if (outSinceMs !== undefined && atMs > outSinceMs + LAST_FRAME_LIMIT_MS) {
        return [`${person} read a frame ${Math.round(atMs - outSinceMs)} ms after leaving`];
      }
    }
    return [];
  });
}

/** Keys and counters that sealed two frames. */
export function repeatedCounters({ journals }: Evidence): string[] {
  const seen = new Set<string>();
  return journals.flatMap((journal) =>
    entriesOf(journal, "frame sealed").flatMap(({ keyId, counter }) => {
      const key = `${keyId} ${counter}`;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      return [`${journal.person} sealed two frames with key ${keyId} and counter ${counter}`];
    })
  );
}
