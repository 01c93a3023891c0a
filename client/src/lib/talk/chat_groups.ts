import type { ChatMessage } from "../../../core/meeting/meeting_state.ts";

/** Messages that one person sent to the same people shortly after one another. */
export interface ChatGroup {
  /** Of the first message. */
  readonly key: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly own: boolean;
  /** Undefined: to everyone. */
  readonly recipientId: string | undefined;
  /** Of the first message, milliseconds since the Unix epoch. */
  readonly sentAtMs: number;
  readonly messages: readonly ChatMessage[];
}

/** A message this long after the first of a group begins another one, which tells the time anew. */
export const GROUP_SPAN_MS = 3 * 60_000;

/** Messages as they are shown: a name and a time stand above those that belong together. */
export function chatGroups(messages: readonly ChatMessage[]): ChatGroup[] {
  const groups: (ChatGroup & { messages: ChatMessage[] })[] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (last && belongs(message, last)) {
      last.messages.push(message);
      continue;
    }
    const { messageId, senderId, senderName, own, recipientId, sentAtMs } = message;
    groups.push({
      key: messageId,
      senderId,
      senderName,
      own,
      recipientId,
      sentAtMs,
      messages: [message],
    });
  }
  return groups;
}

function belongs(message: ChatMessage, group: ChatGroup): boolean {
  return message.senderId === group.senderId && message.recipientId === group.recipientId &&
    message.senderName === group.senderName &&
    message.sentAtMs - group.sentAtMs < GROUP_SPAN_MS;
}

/**
 * How many of `messages` arrived after the one that was read last; one's own count as read. Where
 * that one is no longer kept, all are newer.
 */
export function unreadCount(
  messages: readonly ChatMessage[],
  lastReadId: string | undefined,
): number {
  const read = messages.findLastIndex(({ messageId }) => messageId === lastReadId);
  return messages.slice(read + 1).filter(({ own }) => !own).length;
}

/** The messages of `after` that `before` did not have and that others sent, the oldest first. */
export function arrivedBetween(
  before: readonly ChatMessage[],
  after: readonly ChatMessage[],
): ChatMessage[] {
  if (before === after) return [];
  const known = new Set(before.map(({ messageId }) => messageId));
  return after.filter(({ messageId, own }) => !own && !known.has(messageId));
}
