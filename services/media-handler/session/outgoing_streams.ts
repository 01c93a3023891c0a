import type { WebTransportSession } from "../../runtime/webtransport/session.ts";
import type { OutgoingStream, OutgoingStreams } from "../egress/outgoing_stream.ts";

/** Opens the unidirectional streams of a WebTransport session. */
export class SessionStreams implements OutgoingStreams {
  readonly #session: WebTransportSession;

  constructor(session: WebTransportSession) {
    this.#session = session;
  }

  async open(sendOrder: number, onFailure: () => void): Promise<OutgoingStream> {
    const writable = await this.#session.createUnidirectionalStream({ sendOrder });
    return new SessionStream(writable.getWriter(), onFailure);
  }
}

class SessionStream implements OutgoingStream {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onFailure: () => void;
  #over = false;
  /** One function for all writes, since there is one write per frame. */
  readonly #fail = () => {
    if (this.#over) return;
    this.#over = true;
    this.#onFailure();
  };

  constructor(writer: WritableStreamDefaultWriter<Uint8Array>, onFailure: () => void) {
    this.#writer = writer;
    this.#onFailure = onFailure;
    writer.closed.catch(this.#fail);
    writer.ready.catch(this.#fail);
  }

  write(bytes: Uint8Array): void {
    if (!this.#over) this.#writer.write(bytes).catch(this.#fail);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#writer.close().catch(() => undefined);
  }
}
