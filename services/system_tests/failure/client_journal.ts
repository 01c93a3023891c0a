import type { MeetingState } from "../../../client/core/meeting/meeting.ts";

/** What a participant is, as somebody in the meeting sees it. */
export interface SeenParticipant {
  readonly participantId: string;
  readonly role: string;
  /** 0: down. */
  readonly handRaised: number;
  /** Types of streams that are muted, in order. */
  readonly muted: readonly string[];
}

/** Whatever of a meeting the controller can acknowledge to a client. */
export type Acknowledged =
  /** @param tokenId `jti` of the join token; undefined: resumed. */
  | { readonly kind: "join"; readonly participantId: string; readonly tokenId?: string | undefined }
  | { readonly kind: "leave"; readonly participantId: string }
  | {
    readonly kind: "mute";
    readonly participantId: string;
    readonly type: string;
    readonly muted: boolean;
  }
  | { readonly kind: "role"; readonly participantId: string; readonly role: string }
  | { readonly kind: "remove"; readonly participantId: string; readonly ban: boolean };

/** One thing that a client noticed; times are milliseconds of `performance.now`. */
export type JournalEntry =
  & { readonly atMs: number }
  & (
    | { readonly event: "asked"; readonly what: Acknowledged }
    | { readonly event: "acknowledged"; readonly what: Acknowledged }
    | { readonly event: "epoch"; readonly meetingId: string; readonly epoch: bigint }
    /** A signaling session of this participant stands; its name is no other session's. */
    | { readonly event: "session opened"; readonly participantId: string; readonly session: string }
    | { readonly event: "session closed"; readonly session: string }
    | { readonly event: "frame decrypted"; readonly senderId: string }
    | { readonly event: "frame sealed"; readonly keyId: string; readonly counter: bigint }
    | { readonly event: "roster"; readonly participants: readonly SeenParticipant[] }
  );

/** An entry without the time, which the journal adds. */
type Noted = JournalEntry extends infer Entry ? Entry extends unknown ? Omit<Entry, "atMs"> : never
  : never;

/** Most entries of one journal; pictures of half an hour are fewer. */
const MAX_ENTRIES = 200_000;

/**
 * What one person's client noticed in a meeting, for the invariants. A person keeps the journal
 * through all sessions and participant ids.
 */
export class ClientJournal {
  readonly entries: JournalEntry[] = [];
  readonly #now: () => number;

  /** @param person a name that no other person of the test has. */
  constructor(readonly person: string, now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws {RangeError} when there are too many entries. */
  note(entry: Noted): void {
    if (this.entries.length >= MAX_ENTRIES) throw new RangeError("too many entries in one journal");
    this.entries.push({ ...entry, atMs: this.#now() });
  }

  /** Notes that `what` is asked, and that it is acknowledged when `answer` resolves. */
  async acknowledge<Answer>(what: Acknowledged, answer: Promise<Answer>): Promise<Answer> {
    this.note({ event: "asked", what });
    const answered = await answer;
    this.note({ event: "acknowledged", what });
    return answered;
  }

  /** Notes whom the client has in the meeting now, oneself too. */
  noteRoster(state: MeetingState): void {
    this.note({ event: "roster", participants: rosterOf(state) });
  }
}

/** Whom a client has in the meeting, by id; oneself too while it is in there. */
export function rosterOf(state: MeetingState): SeenParticipant[] {
  const mutedOf = (streams: readonly { readonly type: string; readonly muted: boolean }[]) =>
    streams.filter(({ muted }) => muted).map(({ type }) => type).sort();
  const others = state.participants.map((other) => ({
    participantId: other.id,
    role: other.role,
    handRaised: other.handRaised,
    muted: mutedOf(other.streams),
  }));
  const own = state.phase === "joined" && state.participantId !== undefined
    ? [{
      participantId: state.participantId,
      role: state.role,
      handRaised: state.handRaised,
      muted: mutedOf(state.localStreams),
    }]
    : [];
  return [...others, ...own].sort((one, other) => one.participantId < other.participantId ? -1 : 1);
}
