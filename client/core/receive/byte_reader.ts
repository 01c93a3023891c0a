/** Size of the buffer that each stream reads into, bytes. */
const READ_BUFFER_LENGTH = 64 * 1024;

/**
 * Hands the bytes of `readable` to `onChunk` until it ends; a chunk is valid only during the call.
 * Reads into one buffer of its own where the stream allows it, so that reading costs no garbage.
 * Cancels the stream when `onChunk` throws or `signal` aborts (then it returns).
 */
export async function readChunks(
  readable: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const source = openSource(readable);
  const stop = () => source.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      const chunk = await source.next();
      if (chunk === undefined) return;
      onChunk(chunk);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    await stop();
  }
}

interface ByteSource {
  next(): Promise<Uint8Array | undefined>;
  cancel(): Promise<void>;
}

function openSource(readable: ReadableStream<Uint8Array>): ByteSource {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = readable.getReader({ mode: "byob" });
  } catch {
    // Not a byte stream: the polyfilled and the piped ones are not.
    const reader = readable.getReader();
    return {
      next: async () => (await reader.read()).value,
      cancel: () => reader.cancel(),
    };
  }
  let buffer = new ArrayBuffer(READ_BUFFER_LENGTH);
  return {
    async next() {
      const { done, value } = await byob.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer;
      return done ? undefined : value;
    },
    cancel: () => byob.cancel(),
  };
}
