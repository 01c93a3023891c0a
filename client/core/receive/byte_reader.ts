/**
 * Hands the bytes of `readable` to `onChunk` until it ends; a chunk is valid only during the call.
 * Cancels the stream when `onChunk` throws or `signal` aborts (then it returns).
 */
export async function readChunks(
  readable: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  // No reads into a buffer of our own: when the other side ends a WebTransport stream while one is
  // pending, the whole page crashes now and then (Chromium 156, in ReadableByteStreamController).
  const reader = readable.getReader();
  const stop = () => reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk(value);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    await stop();
  }
}
