import type {
  MessageReceived,
  PollUpdated,
  ReactionReceived,
  VoteReceived,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { ContentAddress } from "../crypto/message_protection.ts";
import type { MeetingNotices } from "../meeting/meeting_actions.ts";
import type { MeetingLog } from "../meeting/meeting_log.ts";
import type { MeetingState } from "../meeting/meeting_state.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type { ChatLog } from "./chat_log.ts";
import { decodeContent, encodeContent, type SpokenContent } from "./content.ts";
import type { ContentProtection } from "./content_protection.ts";
import { OwnWords } from "./own_words.ts";
import { PollList } from "./poll_list.ts";

/** What is said in a meeting, as its state holds it. */
export type Said = Pick<MeetingState, "messages" | "polls">;

/** What the talk of a participant needs. */
export interface TalkOptions {
  readonly selfId: string;
  /** Outlives the participant: who has to join anew keeps what was read. */
  readonly chat: ChatLog;
  readonly protection: ContentProtection;
  readonly onSaid: (said: Partial<Said>) => void;
  readonly onReaction: NonNullable<MeetingNotices["onReaction"]>;
  readonly log: MeetingLog;
}

/**
 * What people say in a meeting: seals what goes out, opens what comes in, and shows of it only what
 * could be read.
 */
export class Talk {
  readonly #options: TalkOptions;
  readonly #polls: PollList;
  readonly #own = new OwnWords();
  #lastNumber = 0n;
  #unreadable = 0;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#polls = new PollList(options.selfId);
  }

  /** The number of the newest message that came. */
  get lastMessageNumber(): bigint {
    return this.#lastNumber;
  }

  /** How much came that could not be read, and was not shown. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** One came in: earlier messages are not for this participant. */
  joined(lastMessageNumber: bigint, polls: readonly PollUpdated[]): void {
    this.#lastNumber = lastMessageNumber;
    this.standing(polls);
  }

  /** The polls as they stand, with all votes. */
  standing(polls: readonly PollUpdated[]): void {
    for (const poll of polls) {
      this.#pollUpdated(poll);
      for (const vote of poll.votes) this.#voteReceived({ ...vote, pollId: poll.pollId });
    }
  }

  /** A content as it goes over the wire. */
  async seal(address: ContentAddress, content: SpokenContent): Promise<Uint8Array> {
    const plaintext = encodeContent(content);
    const sealed = await this.#options.protection.sealContent(address, plaintext);
    this.#own.add(sealed, plaintext);
    return sealed;
  }

  /** Takes what somebody said; other events mean nothing here. */
  follow(event: SignalingEvent): void {
    switch (event.case) {
      case "messageReceived":
        return this.#messageReceived(event.value);
      case "reactionReceived":
        return this.#reactionReceived(event.value);
      case "pollUpdated":
        return this.#pollUpdated(event.value);
      case "voteReceived":
        return this.#voteReceived(event.value);
      default:
    }
  }

  #messageReceived(received: MessageReceived): void {
    const { messageId, senderId, number, content } = received;
    if (number <= this.#lastNumber) return;
    this.#lastNumber = number;
    const recipientId = received.recipientId === "" ? undefined : received.recipientId;
    this.#open(senderId, { kind: "message", id: messageId, recipientId }, content, (opened) => {
      if (opened.case !== "chatText") return;
      const added = this.#options.chat.add(number, {
        messageId,
        senderId,
        senderName: received.senderName,
        recipientId,
        text: opened.value.text,
        sentAtMs: Number(received.sentAt),
        own: senderId === this.#options.selfId,
      });
      if (added) this.#options.onSaid({ messages: this.#options.chat.messages });
    });
  }

  #reactionReceived({ senderId, content }: ReactionReceived): void {
    const address = { kind: "reaction", id: undefined, recipientId: undefined } as const;
    this.#open(senderId, address, content, (opened) => {
      if (opened.case !== "reaction") return;
      this.#options.onReaction({ participantId: senderId, emoji: opened.value.emoji });
    });
  }

  #pollUpdated(updated: PollUpdated): void {
    const { pollId, senderId, content } = updated;
    const unread = this.#polls.updated(updated);
    if (!unread) return this.#options.onSaid({ polls: this.#polls.polls });
    const address = { kind: "poll", id: pollId, recipientId: undefined } as const;
    this.#open(senderId, address, content, (opened) => {
      if (opened.case !== "pollQuestion") return;
      this.#polls.asked(pollId, opened.value.question, opened.value.options);
      this.#options.onSaid({ polls: this.#polls.polls });
    });
  }

  #voteReceived({ pollId, senderId, content }: Omit<VoteReceived, "$typeName">): void {
    if (!this.#polls.voteCame(pollId, senderId, content)) return;
    const address = { kind: "vote", id: pollId, recipientId: undefined } as const;
    this.#open(senderId, address, content, (opened) => {
      if (opened.case !== "pollVote") return;
      this.#polls.voted(pollId, senderId, content, opened.value.option);
      this.#options.onSaid({ polls: this.#polls.polls });
    });
  }

  /** Reads a content and hands it on; one that cannot be read is counted and no more. */
  #open(
    senderId: string,
    address: ContentAddress,
    content: Uint8Array,
    show: (content: ReturnType<typeof decodeContent>) => void,
  ): void {
    const { selfId, protection, log } = this.#options;
    const own = senderId === selfId ? this.#own.find(content) : undefined;
    const opening = own === undefined
      ? protection.openContent(senderId, address, content)
      : Promise.resolve(own);
    opening.then((plaintext) => show(decodeContent(address.kind, plaintext))).catch((error) => {
      this.#unreadable++;
      log.warn("content not shown", { senderId, kind: address.kind, error });
    });
  }
}
