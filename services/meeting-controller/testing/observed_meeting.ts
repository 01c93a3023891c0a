import {
  type JoinResponse,
  type MediaStream,
  type Participant,
  type PollUpdated,
  Role,
  type ServerEnvelope,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** How a stream is muted. */
export type SeenMute = "open" | "muted" | "muted by a moderator";

/** Somebody as the others see the person. */
export interface SeenPerson {
  role: Role;
  hasHandUp: boolean;
  readonly streams: Record<string, SeenMute>;
}

/** A poll as it stands: options by voter. */
export interface SeenPoll {
  closed: boolean;
  readonly votes: Record<string, number>;
}

/** What one client knows of a meeting, from the answer to its join and the events after it. */
export class ObservedMeeting {
  readonly people: Record<string, SeenPerson> = {};
  readonly polls: Record<string, SeenPoll> = {};
  readonly messageNumbers: number[] = [];
  /** Raised hands, the first one first, by the numbers that came. */
  readonly #hands = new Map<string, bigint>();
  locked = false;
  lobbyEnabled = false;
  /** Who waits. */
  knocks: string[] = [];
  reactions = 0;
  /** Who asked this one to unmute. */
  readonly asked: string[] = [];

  /** The newest message when this one joined. */
  readonly #joinedAfter: bigint;

  constructor(joined: JoinResponse) {
    this.#joinedAfter = joined.lastMessageNumber;
    this.resumed(joined);
  }

  /** Whose hands are up, in their order. */
  get hands(): string[] {
    return [...this.#hands].sort(([, one], [, other]) => (one < other ? -1 : 1))
      .map(([participantId]) => participantId);
  }

  /** The number of the newest message that came, or was there before. */
  get lastMessageNumber(): bigint {
    const last = this.messageNumbers.at(-1);
    return last === undefined ? this.#joinedAfter : BigInt(last);
  }

  /** As if no message had ever come. */
  forgetMessages(): void {
    this.messageNumbers.length = 0;
  }

  /** All but messages and votes is as the answer says. */
  resumed({ self, existingParticipants, meeting, polls, knocks }: JoinResponse): void {
    for (const id of Object.keys(this.people)) this.#forget(id);
    for (const person of [self, ...existingParticipants]) if (person) this.#see(person);
    this.locked = meeting?.locked ?? false;
    this.lobbyEnabled = meeting?.lobbyEnabled ?? false;
    this.knocks = knocks.map(({ participantId }) => participantId);
    for (const poll of polls) this.#seePoll(poll);
  }

  /** Takes an event, or the answer to something that the client itself did. */
  take(message: ServerEnvelope["message"]): void {
    switch (message.case) {
      case "participantJoined":
        if (message.value.participant) this.#see(message.value.participant);
        break;
      case "participantLeft":
        this.#forget(message.value.participantId);
        break;
      case "participantUpdated": {
        const { participantId, role, handRaised } = message.value;
        const person = this.people[participantId];
        if (person === undefined) break;
        person.role = role;
        this.#seeHand(participantId, handRaised);
        break;
      }
      case "streamPublished":
      case "streamUpdated": {
        const { participantId, stream } = message.value;
        if (stream) this.#seeStream(participantId, stream);
        break;
      }
      case "streamUnpublished":
        delete this.people[message.value.participantId]?.streams[message.value.streamId];
        break;
      case "meetingUpdated":
        this.locked = message.value.locked;
        this.lobbyEnabled = message.value.lobbyEnabled;
        break;
      case "lobbyUpdated":
        this.knocks = message.value.knocks.map(({ participantId }) => participantId);
        break;
      case "messageReceived":
        this.messageNumbers.push(Number(message.value.number));
        break;
      case "reactionReceived":
        this.reactions++;
        break;
      case "pollUpdated":
        this.#seePoll(message.value);
        break;
      case "voteReceived":
        this.#seeVote(message.value);
        break;
      case "unmuteAsked":
        this.asked.push(message.value.participantId);
        break;
    }
  }

  /** An own stream is not told to its owner, unless somebody else changed it. */
  ownStream(participantId: string, streamId: string, mute: SeenMute | undefined): void {
    const streams = this.people[participantId]?.streams;
    if (streams === undefined) return;
    if (mute === undefined) delete streams[streamId];
    else streams[streamId] = mute;
  }

  #see({ participantId, role, handRaised, streams }: Participant): void {
    this.people[participantId] = { role, hasHandUp: false, streams: {} };
    this.#seeHand(participantId, handRaised);
    for (const stream of streams) this.#seeStream(participantId, stream);
  }

  #seeHand(participantId: string, handRaised: bigint): void {
    const person = this.people[participantId];
    if (person !== undefined) person.hasHandUp = handRaised !== 0n;
    if (handRaised === 0n) this.#hands.delete(participantId);
    else this.#hands.set(participantId, handRaised);
  }

  #forget(participantId: string): void {
    delete this.people[participantId];
    this.#hands.delete(participantId);
  }

  #seeStream(participantId: string, { streamId, muted, mutedByModerator }: MediaStream): void {
    const streams = this.people[participantId]?.streams;
    if (streams === undefined) return;
    streams[streamId] = mutedByModerator ? "muted by a moderator" : muted ? "muted" : "open";
  }

  #seePoll({ pollId, closed, votes }: PollUpdated): void {
    const poll = this.polls[pollId] ??= { closed, votes: {} };
    poll.closed = closed;
    for (const vote of votes) this.#seeVote(vote);
  }

  #seeVote(
    { pollId, senderId, content }: { pollId: string; senderId: string; content: Uint8Array },
  ): void {
    const poll = this.polls[pollId];
    if (poll !== undefined) poll.votes[senderId] = content[0] ?? 0;
  }
}
