/** Length of the prefix before each message, bytes: its length, big-endian. */
export const MESSAGE_PREFIX_LENGTH = 4;
/** Longest message on a signaling or control stream, bytes. */
export const MAX_MESSAGE_LENGTH = 64 * 1024;

/** A stream from outside that is no sequence of messages; it cannot be read further. */
export class MessageFramingError extends Error {
  override readonly name = "MessageFramingError";
  constructor(readonly reason: "oversize" | "empty" | "truncated", message: string) {
    super(message);
  }
}

/**
 * `message` behind its length.
 *
 * @throws {RangeError} when it is empty or longer than {@link MAX_MESSAGE_LENGTH}.
 */
export function frameMessage(message: Uint8Array): Uint8Array<ArrayBuffer> {
  if (message.length === 0 || message.length > MAX_MESSAGE_LENGTH) {
    throw new RangeError(`message of ${message.length} bytes`);
  }
  const bytes = new Uint8Array(MESSAGE_PREFIX_LENGTH + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length);
  bytes.set(message, MESSAGE_PREFIX_LENGTH);
  return bytes;
}

/**
 * The length of the message whose prefix is at `offset`; undefined when not all of it is there.
 *
 * @throws {MessageFramingError} at a length of 0 or above {@link MAX_MESSAGE_LENGTH}.
 */
function lengthAt(bytes: Uint8Array, offset: number): number | undefined {
  if (offset + MESSAGE_PREFIX_LENGTH > bytes.length) return undefined;
  const length = bytes[offset]! * 2 ** 24 + (bytes[offset + 1]! << 16) +
    (bytes[offset + 2]! << 8) + bytes[offset + 3]!;
  if (length === 0) throw new MessageFramingError("empty", "message of 0 bytes");
  if (length > MAX_MESSAGE_LENGTH) {
    throw new MessageFramingError("oversize", `message of ${length} bytes`);
  }
  return length;
}

/** Cuts a byte stream into length-prefixed messages. Memory is bounded by one message. */
export class MessageParser {
  readonly #prefix = new Uint8Array(MESSAGE_PREFIX_LENGTH);
  #prefixFilled = 0;
  #message: Uint8Array<ArrayBuffer> | undefined;
  #messageFilled = 0;

  /** True between messages: the end of the stream here cuts no message. */
  get atMessageBoundary(): boolean {
    return this.#prefixFilled === 0;
  }

  /**
   * Takes the next bytes and hands each completed message to `onMessage`, in order.
   *
   * @throws {MessageFramingError} at a length of 0 or above {@link MAX_MESSAGE_LENGTH}.
   */
  push(chunk: Uint8Array, onMessage: (message: Uint8Array<ArrayBuffer>) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#prefixFilled === 0 && this.#message === undefined) {
        // Nearly every message comes whole: it is copied once, and nothing else is made for it.
        const length = lengthAt(chunk, offset);
        const start = offset + MESSAGE_PREFIX_LENGTH;
        if (length !== undefined && start + length <= chunk.length) {
          offset = start + length;
          onMessage(new Uint8Array(chunk.subarray(start, offset)));
          continue;
        }
      }
      if (this.#message === undefined) {
        const part = chunk.subarray(offset, offset + MESSAGE_PREFIX_LENGTH - this.#prefixFilled);
        this.#prefix.set(part, this.#prefixFilled);
        this.#prefixFilled += part.length;
        offset += part.length;
        if (this.#prefixFilled < MESSAGE_PREFIX_LENGTH) return;
        this.#message = new Uint8Array(lengthAt(this.#prefix, 0)!);
        this.#messageFilled = 0;
      }
      const part = chunk.subarray(offset, offset + this.#message.length - this.#messageFilled);
      this.#message.set(part, this.#messageFilled);
      this.#messageFilled += part.length;
      offset += part.length;
      if (this.#messageFilled < this.#message.length) return;
      const message = this.#message;
      this.#message = undefined;
      this.#prefixFilled = 0;
      onMessage(message);
    }
  }
}

/**
 * The messages of `readable` until it ends. Cancels it when the caller stops early.
 *
 * @throws {MessageFramingError} also when the stream ends inside a message ("truncated").
 */
export async function* readMessages(
  readable: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const parser = new MessageParser();
  const ready: Uint8Array<ArrayBuffer>[] = [];
  const reader = readable.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.push(value, (message) => ready.push(message));
      yield* ready;
      ready.length = 0;
    }
    if (!parser.atMessageBoundary) {
      throw new MessageFramingError("truncated", "the stream ended inside a message");
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
