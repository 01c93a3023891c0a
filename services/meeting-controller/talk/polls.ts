import { create, toBinary } from "@bufbuild/protobuf";
import {
  type PollRecord,
  PollRecordSchema,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  type CastVote,
  ErrorCode,
  type OpenPoll,
  type PollUpdated,
  PollUpdatedSchema,
  type VoteReceived,
  VoteReceivedSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { ServerMessage } from "../meeting/server_message.ts";
import type { Participant } from "../participant/participant.ts";
import {
  type MeetingField,
  pollField,
  storedPoll,
  storedVote,
  voteField,
} from "../state/meeting_fields.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";
import {
  checkMayTalk,
  MAX_POLL_CONTENT_LENGTH,
  MAX_VOTE_CONTENT_LENGTH,
  readContent,
} from "./content.ts";

/** Most polls that a meeting keeps. */
export const MAX_POLLS = 20;
/** Most bytes of polls and votes in one meeting, as they are stored. */
export const MAX_POLLS_BYTES = 2 * 1024 * 1024;

interface Poll {
  readonly record: PollRecord;
  /** By who voted, also after they left. */
  readonly votes: Map<string, VoteReceived>;
}

/** Polls and their votes: kept as they are, for clients to read and count. */
export class Polls {
  /** In the order in which they were opened. */
  readonly #polls = new Map<string, Poll>();
  #bytes = 0;
  /** Of the poll that was opened last. */
  #lastNumber = 0n;

  constructor(private readonly context: MeetingContext) {}

  restore({ polls, votes }: RestoredMeeting): void {
    const inOrder = polls.toSorted((one, other) => Number(one.number - other.number));
    for (const record of inOrder) this.#add(record);
    for (const vote of votes) {
      const poll = this.#polls.get(vote.pollId);
      if (poll === undefined) this.context.notes.remove(voteField(vote.pollId, vote.senderId));
      else this.#setVote(poll, vote);
    }
  }

  /** Everything kept, as it is stored. */
  *fields(): Iterable<MeetingField> {
    for (const { record, votes } of this.#polls.values()) {
      yield storedPoll(record);
      for (const vote of votes.values()) yield storedVote(vote);
    }
  }

  /**
   * Opens a poll. The same one again changes nothing.
   *
   * @throws {Refusal} FORBIDDEN unless the opener moderates and has the grant, CONFLICT when the id
   * is taken, CAPACITY_EXCEEDED, INVALID_REQUEST.
   */
  open(opener: Participant, request: Pick<OpenPoll, "pollId" | "content">): void {
    checkMayAsk(opener);
    const pollId = readUuidField("poll_id", request.pollId);
    const content = readContent(request.content, MAX_POLL_CONTENT_LENGTH);
    const known = this.#polls.get(pollId)?.record;
    if (known !== undefined) {
      if (known.senderId === opener.id && sameBytes(known.content, content)) return;
      throw new Refusal(ErrorCode.CONFLICT, "there is a poll of that id");
    }
    const number = this.#lastNumber + 1n;
    const record = create(PollRecordSchema, { pollId, senderId: opener.id, content, number });
    const [field, bytes] = storedPoll(record);
    this.#makeRoom({ polls: 1, bytes: bytes.length });
    this.#add(record);
    this.context.notes.set(field, bytes);
    this.#tell(record);
  }

  /**
   * Takes a vote, or another one of who voted before.
   *
   * @throws {Refusal} FORBIDDEN without the grant, NOT_FOUND, CONFLICT when the poll is closed,
   * CAPACITY_EXCEEDED, INVALID_REQUEST.
   */
  vote(voter: Participant, request: Pick<CastVote, "pollId" | "content">): void {
    checkMayTalk(voter);
    const content = readContent(request.content, MAX_VOTE_CONTENT_LENGTH);
    const poll = this.#find(request.pollId);
    const { pollId, closed } = poll.record;
    if (closed) throw new Refusal(ErrorCode.CONFLICT, "the poll is closed");
    const before = poll.votes.get(voter.id);
    if (before !== undefined && sameBytes(before.content, content)) return;
    const vote = create(VoteReceivedSchema, { pollId, senderId: voter.id, content });
    const [field, bytes] = storedVote(vote);
    this.#makeRoom({ polls: 0, bytes: bytes.length - storedLength(before) });
    this.#setVote(poll, vote);
    this.context.notes.set(field, bytes);
    this.context.roster.broadcast({ case: "voteReceived", value: vote });
  }

  /** @throws {Refusal} FORBIDDEN unless the closer moderates and has the grant, NOT_FOUND. */
  close(closer: Participant, pollId: string): void {
    checkMayAsk(closer);
    const { record } = this.#find(pollId);
    if (record.closed) return;
    this.#bytes -= storedPoll(record)[1].length;
    record.closed = true;
    const [field, bytes] = storedPoll(record);
    this.#bytes += bytes.length;
    this.context.notes.set(field, bytes);
    this.#tell(record);
  }

  /**
   * All polls for somebody who joins or resumes: those that `roomBytes` are enough for with all
   * their votes, and events for the others. In an encrypted meeting who is new could not read them.
   */
  forJoiner(
    joiner: { readonly isNew: boolean; readonly roomBytes: number },
  ): { readonly fitting: PollUpdated[]; readonly further: ServerMessage[] } {
    const fitting: PollUpdated[] = [];
    const further: ServerMessage[] = [];
    if (joiner.isNew && this.context.settings().e2eEncryption) return { fitting, further };
    let roomBytes = joiner.roomBytes;
    for (const { record, votes } of this.#polls.values()) {
      const poll = create(PollUpdatedSchema, { ...described(record), votes: [...votes.values()] });
      roomBytes -= toBinary(PollUpdatedSchema, poll).length + FIELD_OVERHEAD_BYTES;
      if (roomBytes >= 0) {
        fitting.push(poll);
        continue;
      }
      roomBytes = 0;
      further.push({ case: "pollUpdated", value: described(record) });
      for (const vote of votes.values()) further.push({ case: "voteReceived", value: vote });
    }
    return { fitting, further };
  }

  #find(pollId: string): Poll {
    const poll = this.#polls.get(readUuidField("poll_id", pollId));
    if (poll === undefined) throw new Refusal(ErrorCode.NOT_FOUND, "no such poll");
    return poll;
  }

  #tell(record: PollRecord): void {
    this.context.roster.broadcast({ case: "pollUpdated", value: described(record) });
  }

  /** Forgets closed polls, the oldest first, until there is room. */
  #makeRoom(needed: { readonly polls: number; readonly bytes: number }): void {
    const lacksRoom = () =>
      this.#polls.size + needed.polls > MAX_POLLS || this.#bytes + needed.bytes > MAX_POLLS_BYTES;
    for (const poll of this.#polls.values()) {
      if (!lacksRoom()) return;
      if (poll.record.closed) this.#forget(poll);
    }
    if (lacksRoom()) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "too many polls are open; close some");
    }
  }

  #add(record: PollRecord): void {
    this.#polls.set(record.pollId, { record, votes: new Map() });
    this.#lastNumber = record.number;
    this.#bytes += storedPoll(record)[1].length;
  }

  #setVote({ votes }: Poll, vote: VoteReceived): void {
    this.#bytes += storedLength(vote) - storedLength(votes.get(vote.senderId));
    votes.set(vote.senderId, vote);
  }

  #forget({ record, votes }: Poll): void {
    this.#polls.delete(record.pollId);
    this.#bytes -= storedPoll(record)[1].length;
    this.context.notes.remove(pollField(record.pollId));
    for (const vote of votes.values()) {
      this.#bytes -= storedLength(vote);
      this.context.notes.remove(voteField(vote.pollId, vote.senderId));
    }
  }
}

/** Tag and length of a poll in a message that lists several. */
const FIELD_OVERHEAD_BYTES = 5;

function described({ pollId, senderId, content, closed }: PollRecord) {
  return { pollId, senderId, content, closed };
}

/** @throws {Refusal} FORBIDDEN. */
function checkMayAsk(participant: Participant): void {
  if (!participant.isModerator) {
    throw new Refusal(ErrorCode.FORBIDDEN, "only hosts and co-hosts open and close polls");
  }
  checkMayTalk(participant);
}

function storedLength(vote: VoteReceived | undefined): number {
  return vote === undefined ? 0 : storedVote(vote)[1].length;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
