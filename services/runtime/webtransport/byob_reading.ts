/**
 * Reads a byte stream to its end into one reused buffer of `bufferLength` bytes: a default reader
 * would pin 64 KiB for each stream that is silent. `take` gets a view that is valid until it
 * returns. Rejects when the stream fails or `take` throws; the stream is cancelled then.
 */
export async function readBytes(
  stream: ReadableStream<Uint8Array>,
  bufferLength: number,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = stream.getReader({ mode: "byob" });
  try {
    let buffer = new ArrayBuffer(bufferLength);
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      take(value);
      buffer = value.buffer;
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}
