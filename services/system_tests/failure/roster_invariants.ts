import type { ClientJournal, SeenParticipant } from "./client_journal.ts";
import { entriesOf, type Evidence, requestsIn } from "./evidence.ts";

/** After a recovery, rosters have to be right so soon, milliseconds. */
export const ROSTER_LIMIT_MS = 10_000;

/** What has to be true of a participant in the end; undefined: nothing is sure. */
interface Expected {
  present: boolean | undefined;
  role: string | undefined;
  readonly muted: Map<string, boolean>;
}

/** What the last rosters lack of what was acknowledged. */
export function lostAcknowledgements(evidence: Evidence): string[] {
  const expected = expectations(evidence);
  return finalRosters(evidence).flatMap(({ person, participants }) => {
    const seen = new Map(participants.map((one) => [one.participantId, one]));
    return [...expected].flatMap(([participantId, of]) =>
      differences(seen.get(participantId), of)
        .map((what) => `${person} has ${participantId} ${what}`)
    );
  });
}

/** What was asked for last and not acknowledged may have been done, or not. */
function expectations(evidence: Evidence): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const of = (participantId: string) => {
    const known = expected.get(participantId) ??
      { present: undefined, role: undefined, muted: new Map<string, boolean>() };
    expected.set(participantId, known);
    return known;
  };
  const lastId = new Map<string, string>();
  for (const { event, what, person } of requestsIn(evidence)) {
    const sure = event === "acknowledged";
    const one = of(what.participantId);
    if (what.kind === "role") one.role = sure ? what.role : undefined;
    else if (what.kind === "mute" && sure) one.muted.set(what.type, what.muted);
    else if (what.kind === "mute") one.muted.delete(what.type);
    else one.present = sure ? what.kind === "join" : undefined;
    if (what.kind !== "join" || !sure) continue;
    // Who comes as another participant is not there as the one before.
    const before = lastId.get(person);
    if (before !== undefined && before !== what.participantId) of(before).present = false;
    lastId.set(person, what.participantId);
  }
  return expected;
}

function differences(seen: SeenParticipant | undefined, expected: Expected): string[] {
  if (seen === undefined) return expected.present ? ["not in the meeting"] : [];
  const wrong: string[] = [];
  if (expected.present === false) wrong.push("in the meeting, who is out");
  if (expected.role !== undefined && seen.role !== expected.role) {
    wrong.push(`as ${seen.role}, who is ${expected.role}`);
  }
  for (const [type, muted] of expected.muted) {
    if (seen.muted.includes(type) !== muted) wrong.push(`with ${type} muted=${!muted}`);
  }
  return wrong;
}

/** The last roster of everybody who noted one late enough after the recovery. */
function finalRosters({ journals, recoveredAtMs }: Evidence) {
  return journals.flatMap((journal) => {
    const last = entriesOf(journal, "roster").at(-1);
    if (last === undefined || last.atMs < recoveredAtMs + ROSTER_LIMIT_MS) return [];
    return [{ person: journal.person, participants: last.participants }];
  });
}

/** Ghosts in the last rosters, and differences between them. */
export function wrongRosters(evidence: Evidence): string[] {
  const rosters = finalRosters(evidence);
  const wrong: string[] = [];
  const alive = new Set(
    evidence.journals.flatMap((journal) => [...liveParticipants(journal)]),
  );
  for (const { person, participants } of rosters) {
    const ids = participants.map(({ participantId }) => participantId);
    if (new Set(ids).size < ids.length) wrong.push(`${person} has somebody twice`);
    for (const id of ids) if (!alive.has(id)) wrong.push(`${person} has the ghost ${id}`);
  }
  const [first, ...others] = rosters.map(({ person, participants }) => ({
    person,
    text: JSON.stringify(participants),
  }));
  for (const { person, text } of others) {
    if (text !== first!.text) {
      wrong.push(`${first!.person} has ${first!.text}, and ${person} ${text}`);
    }
  }
  return wrong;
}

/** As whom this person still has a session. */
function liveParticipants(journal: ClientJournal): Set<string> {
  const closed = new Set(entriesOf(journal, "session closed").map(({ session }) => session));
  const open = entriesOf(journal, "session opened").filter(({ session }) => !closed.has(session));
  return new Set(open.map(({ participantId }) => participantId));
}
