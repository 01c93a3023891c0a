import type { MeetingNotices } from "../../../core/meeting/meeting_actions.ts";
import type { ChatMessage, MeetingState, Poll } from "../../../core/meeting/meeting_state.ts";
import type { Act } from "../ui/media_engine.ts";
import { arrivedBetween, type ChatGroup, chatGroups, unreadCount } from "./chat_groups.ts";
import {
  REACTION_SHOWN_MS,
  type ShownReaction,
  stillShown,
  withReaction,
} from "./shown_reactions.ts";
import type { PollDraft } from "./poll_draft.ts";

/** The meeting, as what people say in it needs it. */
export interface TalkMeeting {
  readonly state: MeetingState | undefined;
  readonly act: Act;
}

const NO_MESSAGES: readonly ChatMessage[] = [];
const NO_POLLS: readonly Poll[] = [];

/** What people say in a meeting besides speaking: messages, reactions and polls. */
export class MeetingTalk {
  readonly #meeting: TalkMeeting;
  readonly #messages = $derived.by(() => this.#meeting.state?.messages ?? NO_MESSAGES);
  readonly #groups = $derived(chatGroups(this.#messages));
  #lastReadId = $state.raw<string>();
  #reading = $state(false);
  #arrived = $state.raw<ChatMessage>();
  #reactions = $state.raw<readonly ShownReaction[]>([]);
  #seenPolls = $state.raw<ReadonlySet<string>>(new Set());

  /** What is being written; it survives closing the panel. */
  draft = $state("");
  /** Whom it is for; undefined: everyone. */
  recipientId = $state<string>();

  constructor(meeting: TalkMeeting) {
    this.#meeting = meeting;
  }

  /** Whether this person may write, react and open polls; true until the meeting has said. */
  get allowed(): boolean {
    return this.#meeting.state?.grants?.includes("chat") ?? true;
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  get groups(): readonly ChatGroup[] {
    return this.#groups;
  }

  get unread(): number {
    return this.#reading ? 0 : unreadCount(this.#messages, this.#lastReadId);
  }

  /** The message that arrived last, until it is read or {@link forgetArrived forgotten}. */
  get arrived(): ChatMessage | undefined {
    return this.#arrived;
  }

  forgetArrived(): void {
    this.#arrived = undefined;
  }

  /** The messages are on the screen from now on. @returns what ends that */
  read(): () => void {
    this.#reading = true;
    this.#markRead();
    return () => {
      this.#markRead();
      this.#reading = false;
    };
  }

  /** Sends what is being written. @returns whether it was sent, or there was nothing to send. */
  async send(): Promise<boolean> {
    const text = this.draft.trim();
    if (text === "") return true;
    this.draft = "";
    const { recipientId } = this;
    const sent = await this.#meeting.act("sendMessage", text, recipientId);
    // Nothing is lost: unless the next message is being written already.
    if (!sent && this.draft === "") this.draft = text;
    return sent;
  }

  /** Begins a message to one person. */
  writeTo(participantId: string): void {
    this.recipientId = participantId;
  }

  async react(emoji: string): Promise<void> {
    await this.#meeting.act("react", emoji);
  }

  /** Shows what somebody reacted with, for a while. */
  show(reaction: Parameters<NonNullable<MeetingNotices["onReaction"]>>[0]): void {
    const shown = withReaction(this.#reactions, reaction, performance.now());
    if (shown === this.#reactions) return;
    this.#reactions = shown;
    setTimeout(() => {
      this.#reactions = stillShown(this.#reactions, performance.now());
    }, REACTION_SHOWN_MS + 1);
  }

  reactionsOf(participantId: string): readonly ShownReaction[] {
    return this.#reactions.filter((reaction) => reaction.participantId === participantId);
  }

  get polls(): readonly Poll[] {
    return this.#meeting.state?.polls ?? NO_POLLS;
  }

  /** Open polls of others that this person has neither seen nor voted in. */
  get newPolls(): readonly Poll[] {
    const ownId = this.#meeting.state?.participantId;
    return this.polls.filter(({ pollId, senderId, ownVote, closed }) =>
      !closed && senderId !== ownId && ownVote === undefined && !this.#seenPolls.has(pollId)
    );
  }

  /** The polls are on the screen. */
  seePolls(): void {
    const unseen = this.polls.filter(({ pollId }) => !this.#seenPolls.has(pollId));
    if (unseen.length > 0) this.#seenPolls = new Set(this.polls.map(({ pollId }) => pollId));
  }

  async openPoll({ question, options }: PollDraft): Promise<boolean> {
    return await this.#meeting.act("openPoll", question, options);
  }

  async vote(pollId: string, option: number): Promise<boolean> {
    return await this.#meeting.act("vote", pollId, option);
  }

  async closePoll(pollId: string): Promise<void> {
    await this.#meeting.act("closePoll", pollId);
  }

  /** Takes the newest snapshot. */
  follow(before: MeetingState | undefined, after: MeetingState): void {
    if (before?.messages === after.messages) return;
    if (this.#reading) return this.#markRead();
    const arrived = arrivedBetween(before?.messages ?? [], after.messages).at(-1);
    if (arrived) this.#arrived = arrived;
  }

  /** The meeting is over for this person; what they were writing stays. */
  reset(): void {
    this.#arrived = undefined;
    this.#reactions = [];
    this.#seenPolls = new Set();
    this.#lastReadId = undefined;
    this.recipientId = undefined;
  }

  #markRead(): void {
    this.#lastReadId = this.#meeting.state?.messages.at(-1)?.messageId;
    this.#arrived = undefined;
  }
}
