import { create } from "@bufbuild/protobuf";
import {
  ErrorCode,
  type MessageReceived,
  MessageReceivedSchema,
  type SendMessage,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { invalid, Refusal } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";
import { type MeetingField, messageField, storedMessage } from "../state/meeting_fields.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";
import { checkMayTalk, MAX_MESSAGE_CONTENT_LENGTH, readContent } from "./content.ts";
import { TalkAllowances } from "./talk_allowance.ts";

/** Most messages of a meeting that are kept for participants who resume. */
export const MAX_KEPT_MESSAGES = 200;
/** Most bytes of kept messages in one meeting, as they are stored. */
export const MAX_KEPT_MESSAGE_BYTES = 1024 * 1024;
/** How many of the last messages are known by their ids, so that one sent again is told once. */
export const MAX_KNOWN_MESSAGE_IDS = 1_000;

interface KeptMessage {
  readonly message: MessageReceived;
  readonly bytes: number;
}

/** What participants write to each other: numbered, told at once, the last ones kept. */
export class Messages {
  /** The oldest first; their numbers have gaps after a takeover only. */
  readonly #kept: KeptMessage[] = [];
  #keptBytes = 0;
  /** The longest known first. */
  readonly #knownIds = new Set<string>();
  #lastNumber = 0n;
  readonly #allowances: TalkAllowances;

  constructor(private readonly context: MeetingContext) {
    this.#allowances = new TalkAllowances(context.clock);
  }

  /** The number of the newest message; 0: there was none. */
  get lastNumber(): bigint {
    return this.#lastNumber;
  }

  restore({ meeting, messages }: RestoredMeeting): void {
    this.#lastNumber = meeting.lastMessageNumber;
    for (const message of messages) {
      this.#know(message.senderId, message.messageId);
      this.#keep(message, storedMessage(message)[1].length);
    }
  }

  /** Everything kept, as it is stored. */
  *fields(): Iterable<MeetingField> {
    for (const { message } of this.#kept) yield storedMessage(message);
  }

  /**
   * Tells a message to those it is for and to its sender. One that the sender sends again, by its
   * id, is not told again.
   *
   * @throws {Refusal} FORBIDDEN without the grant, NOT_FOUND without the recipient, RATE_LIMITED
   * when the sender says too much, INVALID_REQUEST.
   */
  send(
    sender: Participant,
    request: Pick<SendMessage, "messageId" | "recipientId" | "content">,
  ): void {
    checkMayTalk(sender);
    const messageId = readUuidField("message_id", request.messageId);
    const content = readContent(request.content, MAX_MESSAGE_CONTENT_LENGTH);
    if (this.#knownIds.has(knownId(sender.id, messageId))) return;
    const recipient = this.#recipientOf(sender, request.recipientId);
    this.#allowances.spend(sender, content.length);
    const message = create(MessageReceivedSchema, {
      messageId,
      senderId: sender.id,
      senderName: sender.name,
      recipientId: recipient?.id ?? "",
      content,
      number: ++this.#lastNumber,
      sentAt: BigInt(this.context.clock.wallNow()),
    });
    this.#know(sender.id, messageId);
    const [field, bytes] = storedMessage(message);
    this.context.notes.set(field, bytes);
    this.#keep(message, bytes.length);
    this.context.saveMeeting();
    this.#tell(message, sender, recipient);
  }

  /** The kept messages after `number` that the participant may see, the oldest first. */
  since(number: bigint, participantId: string): MessageReceived[] {
    return this.#kept.map(({ message }) => message).filter((message) =>
      message.number > number && mayRead(message, participantId)
    );
  }

  /** Undefined: everyone. */
  #recipientOf(sender: Participant, recipientId: string): Participant | undefined {
    if (recipientId === "") return undefined;
    readUuidField("recipient_id", recipientId);
    if (recipientId === sender.id) throw invalid("recipient_id is the sender's own");
    const recipient = this.context.roster.find(recipientId);
    if (recipient === undefined) {
      throw new Refusal(ErrorCode.NOT_FOUND, "the recipient is not in the meeting");
    }
    return recipient;
  }

  #tell(message: MessageReceived, sender: Participant, recipient: Participant | undefined): void {
    const event = { case: "messageReceived", value: message } as const;
    if (recipient === undefined) return this.context.roster.broadcast(event);
    for (const receiver of [sender, recipient]) this.context.tell(receiver, event);
  }

  #keep(message: MessageReceived, bytes: number): void {
    this.#kept.push({ message, bytes });
    this.#keptBytes += bytes;
    while (this.#kept.length > MAX_KEPT_MESSAGES || this.#keptBytes > MAX_KEPT_MESSAGE_BYTES) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) return;
      this.#keptBytes -= oldest.bytes;
      this.context.notes.remove(messageField(oldest.message.number));
    }
  }

  #know(senderId: string, messageId: string): void {
    this.#knownIds.add(knownId(senderId, messageId));
    if (this.#knownIds.size <= MAX_KNOWN_MESSAGE_IDS) return;
    for (const longestKnown of this.#knownIds) {
      this.#knownIds.delete(longestKnown);
      return;
    }
  }
}

/** Ids are the choice of senders: nobody can take another's. */
function knownId(senderId: string, messageId: string): string {
  return `${senderId} ${messageId}`;
}

function mayRead({ senderId, recipientId }: MessageReceived, participantId: string): boolean {
  return recipientId === "" || recipientId === participantId || senderId === participantId;
}
