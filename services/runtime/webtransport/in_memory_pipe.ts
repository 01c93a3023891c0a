/** Bytes a pipe takes before `write()` waits for the reader. */
export const PIPE_CAPACITY = 256 * 1_024;

/**
 * One direction of a stream between the two ends of an in-memory session, with the semantics of a
 * QUIC stream in Deno: `close()` and `abort()` of the writable end it after all that was written,
 * `cancel()` of the readable makes further writes fail, and the readable takes BYOB readers.
 */
export class InMemoryPipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #finished = Promise.withResolvers<void>();
  readonly #chunks: Uint8Array[] = [];
  #bufferedLength = 0;
  #ended = false;
  #reader: ReadableByteStreamController | undefined;
  #writer: WritableStreamDefaultController | undefined;
  #wakeReader: (() => void) | undefined;
  #blockedWrite: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.readable = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        this.#reader = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#reader = undefined;
        this.#fail(new Error("sending stopped by peer"));
      },
    });
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writer = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#end(),
      abort: () => this.#end(),
    });
  }

  /** Resolves when the reader has seen the end, has cancelled, or the pipe failed. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Both ends fail with `error`; what was not read is lost. */
  fail(error: Error): void {
    this.#reader?.error(error);
    this.#reader = undefined;
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (!this.#ended) this.#writer?.error(error);
    this.#ended = true;
    this.#chunks.length = 0;
    this.#blockedWrite?.reject(error);
    this.#wakeReader?.();
    this.#finished.resolve();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    // The caller may use its buffer again as soon as the write is done, as over QUIC.
    this.#chunks.push(chunk.slice());
    this.#bufferedLength += chunk.length;
    this.#wakeReader?.();
    if (this.#bufferedLength < PIPE_CAPACITY) return;
    this.#blockedWrite = Promise.withResolvers();
    try {
      await this.#blockedWrite.promise;
    } finally {
      this.#blockedWrite = undefined;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#blockedWrite?.resolve();
    this.#wakeReader?.();
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    if (this.#chunks.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
      this.#wakeReader = undefined;
    }
    if (!this.#reader) return;
    const chunk = this.#chunks.shift();
    if (!chunk) return this.#closeReader(controller);
    const request = controller.byobRequest;
    if (!request?.view) {
      const { length } = chunk; // enqueue() detaches the buffer, and the length with it.
      controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
      this.#took(length);
      return;
    }
    const { buffer, byteOffset, byteLength } = request.view;
    const taken = Math.min(byteLength, chunk.length);
    new Uint8Array(buffer, byteOffset, taken).set(chunk.subarray(0, taken));
    if (taken < chunk.length) this.#chunks.unshift(chunk.subarray(taken));
    request.respond(taken);
    this.#took(taken);
  }

  #took(length: number): void {
    this.#bufferedLength -= length;
    if (this.#bufferedLength < PIPE_CAPACITY) this.#blockedWrite?.resolve();
  }

  #closeReader(controller: ReadableByteStreamController): void {
    this.#reader = undefined;
    controller.close();
    // A BYOB read that waits is only answered by this (Streams standard, "byobRequest").
    controller.byobRequest?.respond(0);
    this.#finished.resolve();
  }
}
