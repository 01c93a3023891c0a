/**
 * Streams the peer has opened, on their way to the application. Bounded by the peer's limit of
 * open streams, which the QUIC connection (or its twin) enforces.
 */
export class IncomingStreams<Stream> {
  /** Closes when the session ends. */
  readonly readable: ReadableStream<Stream>;
  #controller: ReadableStreamDefaultController<Stream> | undefined;
  readonly #discard: (stream: Stream) => void;

  /** `discard` is called for each stream that nobody will take. */
  constructor(discard: (stream: Stream) => void) {
    this.#discard = discard;
    this.readable = new ReadableStream<Stream>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
      },
    });
  }

  push(stream: Stream): void {
    if (this.#controller) this.#controller.enqueue(stream);
    else this.#discard(stream);
  }

  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
