/** Most bytes that wait to be sent to one peer; beyond, it is too slow. */
export const OUTBOUND_QUEUE_LIMIT_BYTES = 4 * 1024 * 1024;
/** Messages are joined up to this size, bytes, so that a burst costs few writes. */
const WRITE_SIZE_BYTES = 64 * 1024;

/** Sends messages in order over a stream, bounded by {@link OUTBOUND_QUEUE_LIMIT_BYTES}. */
export class OutboundQueue {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onOverflow: () => void;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  /** Events that wait until an answer is out, undefined while none do. */
  #held: Uint8Array<ArrayBuffer>[] | undefined;
  #waitingBytes = 0;
  #closed = false;
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;

  /** @param onOverflow called once, when a message no longer fits; nothing is sent after it. */
  constructor(writable: WritableStream<Uint8Array>, onOverflow: () => void) {
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#onOverflow = onOverflow;
  }

  /** Queues an answer; after the end or a failure of the stream it goes nowhere. */
  enqueue(message: Uint8Array<ArrayBuffer>): void {
    if (this.#reserve(message)) this.#push(message);
  }

  /** Queues an event: behind the answer for which events are held. */
  enqueueEvent(message: Uint8Array<ArrayBuffer>): void {
    if (!this.#reserve(message)) return;
    if (this.#held === undefined) this.#push(message);
    else this.#held.push(message);
  }

  /** Events wait from now on, until {@link releaseEvents}. */
  holdEvents(): void {
    this.#held ??= [];
  }

  /** Events go on their way, those that waited first. */
  releaseEvents(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#push(message);
  }

  #reserve(message: Uint8Array<ArrayBuffer>): boolean {
    if (this.#closed) return false;
    if (this.#waitingBytes + message.length > OUTBOUND_QUEUE_LIMIT_BYTES) {
      this.abandon();
      this.#onOverflow();
      return false;
    }
    this.#waitingBytes += message.length;
    return true;
  }

  #push(message: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(message);
    if (!this.#isSending) {
      this.#isSending = true;
      this.#sending = this.#send();
    }
  }

  /** Sends what waits, then ends the stream. Never rejects; may never end if the peer stalls. */
  async finish(): Promise<void> {
    this.releaseEvents();
    this.#closed = true;
    await this.#sending;
    await this.#writer.close().catch(() => undefined);
  }

  /** Drops what waits. */
  abandon(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#held = undefined;
    this.#waitingBytes = 0;
  }

  async #send(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const bytes = this.#take();
        await this.#writer.write(bytes);
        // What is being written still occupies memory.
        this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes.length);
      }
    } catch {
      // The session ends and says so itself.
      this.abandon();
    } finally {
      this.#isSending = false;
    }
  }

  #take(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const message of this.#waiting) {
      if (count > 0 && length + message.length > WRITE_SIZE_BYTES) break;
      length += message.length;
      count++;
    }
    const messages = this.#waiting.splice(0, count);
    if (messages.length === 1 && messages[0] !== undefined) return messages[0];
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const message of messages) {
      joined.set(message, offset);
      offset += message.length;
    }
    return joined;
  }
}
