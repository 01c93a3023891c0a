import type { ClientJournal, JournalEntry } from "./client_journal.ts";
import type { ServiceEvent } from "./service_lines.ts";

/** What a server, and the store of running meetings, use. */
export interface Resources {
  /** Of what, such as the name of a service. */
  readonly of: string;
  readonly memoryBytes: number;
  readonly descriptors: number;
  readonly redisKeys: number;
}

/** How often a moderator's action is found in the audit log. */
export interface AuditedAction {
  readonly actionId: string;
  readonly entries: number;
}

/** What was seen of one meeting, by all. */
export interface Evidence {
  readonly journals: readonly ClientJournal[];
  /** The log of all services. */
  readonly events: readonly ServiceEvent[];
  /** When the last fault was over, milliseconds of `performance.now`. */
  readonly recoveredAtMs: number;
  readonly audit?: {
    readonly actions: readonly AuditedAction[];
    /** What the verifier of the chain said; undefined: it is unbroken. */
    readonly chainFault: string | undefined;
  };
  readonly resources?: {
    readonly before: readonly Resources[];
    readonly after: readonly Resources[];
  };
}

/** An entry of this kind. */
export type EntryOf<Event extends JournalEntry["event"]> = Extract<JournalEntry, { event: Event }>;

/** The journal's entries of one kind, in their order. */
export function entriesOf<Event extends JournalEntry["event"]>(
  { entries }: ClientJournal,
  event: Event,
): EntryOf<Event>[] {
  return entries.filter((entry): entry is EntryOf<Event> => entry.event === event);
}

/** What was asked, or acknowledged, of anybody, with who asked, in the order of time. */
export function requestsIn({ journals }: Evidence) {
  return journals.flatMap(({ entries, person }) =>
    entries.flatMap((entry) =>
      entry.event === "asked" || entry.event === "acknowledged" ? [{ ...entry, person }] : []
    )
  ).sort((one, other) => one.atMs - other.atMs);
}

/** What was acknowledged to anybody, with whom it was told, in the order of time. */
export function acknowledgementsIn(evidence: Evidence) {
  return requestsIn(evidence).filter(({ event }) => event === "acknowledged");
}
