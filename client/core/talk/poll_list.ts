import type { PollUpdated } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { equalBytes } from "../crypto/byte_string.ts";
import { MAX_POLL_OPTIONS } from "../meeting/meeting_actions.ts";
import type { Poll } from "../meeting/meeting_state.ts";
import { PollTally } from "./poll_tally.ts";

/** Most polls that a client keeps: as many as a controller does, twice over. */
export const MAX_KEPT_POLLS = 40;
/** Most voters of one poll whose votes are kept. */
export const MAX_VOTERS = 4_096;

interface KeptPoll {
  readonly pollId: string;
  senderId: string;
  /** What is being read, or was. */
  content: Uint8Array | undefined;
  /** Undefined until it was read: votes may be read before. */
  question: { readonly question: string; readonly options: readonly string[] } | undefined;
  closed: boolean;
  readonly tally: PollTally;
  /** The newest vote of each voter as it came, so that it is read once. */
  readonly votes: Map<string, Uint8Array>;
}

/** The polls of a meeting as one participant sees them. */
export class PollList {
  readonly #selfId: string;
  /** In the order in which they were heard of. */
  readonly #polls = new Map<string, KeptPoll>();

  constructor(selfId: string) {
    this.#selfId = selfId;
  }

  /** Those that are open, then those that were closed, the newest first. */
  get polls(): Poll[] {
    const readable = [...this.#polls.values()].reverse().flatMap((poll) => this.#view(poll) ?? []);
    return [...readable.filter(({ closed }) => !closed), ...readable.filter((poll) => poll.closed)];
  }

  /** A poll was opened or closed. True when its content is to be read, which happens once. */
  updated(
    { pollId, senderId, closed, content }: Pick<
      PollUpdated,
      "pollId" | "senderId" | "closed" | "content"
    >,
  ): boolean {
    const poll = this.#keep(pollId);
    poll.closed = closed;
    if (poll.content !== undefined) return false;
    poll.senderId = senderId;
    poll.content = content;
    return true;
  }

  /** The content of a poll was read. */
  asked(pollId: string, question: string, options: readonly string[]): void {
    const poll = this.#polls.get(pollId);
    if (poll === undefined || options.length > MAX_POLL_OPTIONS) return;
    poll.question ??= { question, options };
  }

  /** A vote came. True when its content is to be read: the same one twice is read once. */
  voteCame(pollId: string, voterId: string, content: Uint8Array): boolean {
    const { votes } = this.#keep(pollId);
    const before = votes.get(voterId);
    if (before === undefined && votes.size >= MAX_VOTERS) return false;
    if (before !== undefined && equalBytes(before, content)) return false;
    votes.set(voterId, content);
    return true;
  }

  /** A vote was read; it counts unless a newer one of the voter came meanwhile. */
  voted(pollId: string, voterId: string, content: Uint8Array, option: number): void {
    const poll = this.#polls.get(pollId);
    if (poll?.votes.get(voterId) === content) poll.tally.vote(voterId, option);
  }

  #keep(pollId: string): KeptPoll {
    const known = this.#polls.get(pollId);
    if (known !== undefined) return known;
    const poll: KeptPoll = {
      pollId,
      senderId: "",
      content: undefined,
      question: undefined,
      closed: false,
      tally: new PollTally(),
      votes: new Map(),
    };
    this.#polls.set(pollId, poll);
    for (const [oldest] of this.#polls) {
      if (this.#polls.size <= MAX_KEPT_POLLS) break;
      this.#polls.delete(oldest);
    }
    return poll;
  }

  #view({ pollId, senderId, question, closed, tally }: KeptPoll): Poll | undefined {
    if (question === undefined) return undefined;
    const ownVote = tally.of(this.#selfId);
    return {
      pollId,
      senderId,
      ...question,
      votes: tally.count(question.options.length),
      ownVote: ownVote !== undefined && ownVote < question.options.length ? ownVote : undefined,
      closed,
    };
  }
}
