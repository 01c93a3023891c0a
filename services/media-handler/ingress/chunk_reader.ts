/**
 * Reads a byte stream into one reused buffer, which saves an allocation per read and the memory
 * that a default reader pins while it waits. Streams that are no byte streams are read as they are.
 */
export class ChunkReader {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>;
  #buffer: ArrayBuffer;

  /** @param bufferBytes most bytes in one chunk. */
  constructor(readable: ReadableStream<Uint8Array>, bufferBytes: number) {
    this.#buffer = new ArrayBuffer(bufferBytes);
    this.#reader = byteReader(readable) ?? readable.getReader();
  }

  /** Most bytes in one chunk from the next read on. */
  set bufferBytes(bufferBytes: number) {
    if (bufferBytes !== this.#buffer.byteLength) this.#buffer = new ArrayBuffer(bufferBytes);
  }

  /**
   * The next bytes, valid until the next call, or undefined at the end of the stream. Rejects when
   * the stream failed.
   */
  async read(): Promise<Uint8Array | undefined> {
    if (!(this.#reader instanceof ReadableStreamBYOBReader)) {
      return (await this.#reader.read()).value;
    }
    const { done, value } = await this.#reader.read(new Uint8Array(this.#buffer));
    if (value !== undefined) this.#buffer = value.buffer;
    return done ? undefined : value;
  }

  /** Tells the sender to stop; a pending read ends. Never rejects. */
  cancel(): Promise<void> {
    return this.#reader.cancel().catch(() => undefined);
  }
}

function byteReader(readable: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return readable.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError && !readable.locked) return undefined;
    throw error;
  }
}
