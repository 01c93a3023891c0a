import { frameMessage, readMessages } from "../../../proto/signaling/message_framing.ts";
import type { BidirectionalStream } from "./webtransport_session.ts";

/** Most messages handed to the transport whose write has not completed; more is a dead link. */
export const MAX_UNWRITTEN_MESSAGES = 256;

/** The channel takes no more messages. */
export class ChannelClosedError extends Error {
  override readonly name = "ChannelClosedError";
}

/** Length-prefixed messages in both directions of one stream. */
export class MessageChannel {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #readable: ReadableStream<Uint8Array>;
  readonly #failed = Promise.withResolvers<never>();
  #unwritten = 0;
  #closed = false;

  constructor(stream: BidirectionalStream) {
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#readable = stream.readable;
    this.#failed.promise.catch(() => undefined);
  }

  /**
   * Sends `message`; a failed write ends {@link receive}.
   *
   * @throws {ChannelClosedError} when the channel is closed, or the link stopped taking messages.
   */
  send(message: Uint8Array): void {
    if (this.#closed) throw new ChannelClosedError("the channel is closed");
    if (this.#unwritten >= MAX_UNWRITTEN_MESSAGES) {
      const error = new ChannelClosedError("the link takes no more messages");
      this.#failed.reject(error);
      throw error;
    }
    this.#unwritten++;
    this.#writer.write(frameMessage(message)).then(
      () => {
        this.#unwritten--;
      },
      (error) => {
        this.#closed = true;
        this.#failed.reject(error);
      },
    );
  }

  /**
   * Hands each message to `onMessage`, in order, until the stream ends. To be called once.
   *
   * @throws when the stream or a write fails, at garbage, and what `onMessage` throws.
   */
  async receive(onMessage: (message: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    const reading = (async () => {
      for await (const message of readMessages(this.#readable)) onMessage(message);
    })();
    try {
      await Promise.race([reading, this.#failed.promise]);
    } finally {
      this.#closed = true;
      this.#writer.close().catch(() => undefined);
    }
  }

  /** Ends the sending side. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.close().catch(() => undefined);
  }
}
