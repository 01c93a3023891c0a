import { MessageFramingError, MessageParser } from "../../../proto/signaling/message_framing.ts";
import type { Clock } from "../clock.ts";

/** How long the rest of a message that has begun may take, milliseconds. */
export const MESSAGE_COMPLETION_LIMIT_MS = 5_000;
/** A silent session pins one buffer of this size, bytes; a default reader would pin 64 KiB. */
const READ_BUFFER_LENGTH = 4 * 1024;

/**
 * Hands each message of `readable` to `onMessage`, one at a time, until the stream ends, or
 * `onMessage` returns false. A message that does not complete in time calls `onStall`.
 *
 * @throws {MessageFramingError} when the stream is no sequence of messages; those before were
 * handed over.
 */
export async function receiveMessages(readable: ReadableStream<Uint8Array>, options: {
  clock: Clock;
  onMessage: (message: Uint8Array) => boolean | Promise<boolean>;
  onStall: () => void;
}): Promise<void> {
  const parser = new MessageParser();
  const reader = readable.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(READ_BUFFER_LENGTH);
  let stopWatching: (() => void) | undefined;
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      const messages: Uint8Array[] = [];
      let broken: unknown;
      try {
        parser.push(value, (message) => messages.push(message));
      } catch (error) {
        broken = error;
      }
      buffer = value.buffer;
      // The limit is for one message, however slowly its bytes drip.
      if (messages.length > 0 || parser.atMessageBoundary) {
        stopWatching?.();
        stopWatching = undefined;
      }
      for (const message of messages) {
        const goesOn = options.onMessage(message);
        if (!(goesOn === true || await goesOn)) return;
      }
      if (broken !== undefined) throw broken;
      if (!parser.atMessageBoundary) {
        stopWatching ??= options.clock.after(MESSAGE_COMPLETION_LIMIT_MS, options.onStall);
      }
    }
    if (!parser.atMessageBoundary) {
      throw new MessageFramingError("truncated", "the stream ended inside a message");
    }
  } finally {
    stopWatching?.();
    reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
