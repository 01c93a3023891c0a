import { SentLog } from "../../../proto/congestion/sent_log.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";

/** What an uplink stream needs. */
export interface UplinkStreamOptions {
  readonly session: WebTransportSession;
  readonly sendOrder: number;
  /** Goes out first. */
  readonly header: Uint8Array;
  readonly now: () => number;
  /** So many bytes were written. */
  readonly onWritten: (bytes: number) => void;
  /** A write failed: the media handler refused the stream, or the session is gone. */
  readonly onFailed: () => void;
}

/** One unidirectional stream to the media handler, being or already opened. */
export class UplinkStream {
  /** What of it has not been reported as arrived. */
  readonly log = new SentLog();
  readonly #options: UplinkStreamOptions;
  readonly #opened: Promise<WritableStreamDefaultWriter<Uint8Array>>;
  #failed = false;

  /** Opens the stream at once; what is written before it is open follows when it is. */
  constructor(options: UplinkStreamOptions) {
    this.#options = options;
    const { session, sendOrder } = options;
    this.#opened = session.createUnidirectionalStream({ sendOrder }).then((writable) => {
      const writer = writable.getWriter();
      writer.closed.catch(() => this.#fail());
      return writer;
    });
    this.#opened.catch(() => this.#fail());
    this.write(options.header);
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Appends a frame, or a piece of padding. Never throws. */
  write(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.log.sent(bytes.length, this.#options.now());
    this.#options.onWritten(bytes.length);
    this.#opened.then((writer) => writer.write(bytes)).catch(() => this.#fail());
  }

  /** Ends the stream after what was written. */
  close(): void {
    this.#opened.then((writer) => writer.close()).catch(() => undefined);
  }

  #fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailed();
  }
}
