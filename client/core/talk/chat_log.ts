import { type ChatMessage, MAX_CHAT_MESSAGES } from "../meeting/meeting_state.ts";

interface NumberedMessage {
  readonly number: bigint;
  readonly message: ChatMessage;
}

/** The chat messages of a meeting in the order of their numbers, each once; the newest ones. */
export class ChatLog {
  readonly #messages: NumberedMessage[] = [];
  /** Ids of all that are kept; senders choose them, so that they count for one sender alone. */
  readonly #ids = new Set<string>();
  #snapshot: readonly ChatMessage[] = [];

  get messages(): readonly ChatMessage[] {
    return this.#snapshot;
  }

  /** False when it is there already, or older than all that are kept. */
  add(number: bigint, message: ChatMessage): boolean {
    const id = idOf(message);
    if (this.#ids.has(id)) return false;
    const index = this.#messages.findLastIndex((earlier) => earlier.number <= number) + 1;
    if (index === 0 && this.#messages.length >= MAX_CHAT_MESSAGES) return false;
    this.#messages.splice(index, 0, { number, message });
    this.#ids.add(id);
    if (this.#messages.length > MAX_CHAT_MESSAGES) {
      const oldest = this.#messages.shift();
      if (oldest !== undefined) this.#ids.delete(idOf(oldest.message));
    }
    this.#snapshot = this.#messages.map((kept) => kept.message);
    return true;
  }
}

function idOf({ senderId, messageId }: ChatMessage): string {
  return `${senderId} ${messageId}`;
}
