/**
 * Hands each item of `readable` to `handle` until it ends, fails or `signal` aborts; then cancels
 * it. Never rejects because of the stream: why a session ended is told by its `closed`.
 */
export async function consume<Item>(
  readable: ReadableStream<Item>,
  signal: AbortSignal,
  handle: (item: Item) => void,
): Promise<void> {
  const reader = readable.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    while (!signal.aborted) {
      let next: ReadableStreamReadResult<Item>;
      try {
        next = await reader.read();
      } catch {
        return;
      }
      if (next.done || signal.aborted) return;
      handle(next.value);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
