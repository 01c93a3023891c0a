import type { ServerSession } from "../../runtime/webtransport/session.ts";

/**
 * The session, with a copy of all that the server writes to the unidirectional streams it opens.
 *
 * @param onStream called with each such stream's chunks, an array that grows.
 */
export function tapSession(
  session: ServerSession,
  onStream: (chunks: Uint8Array[]) => void,
): ServerSession {
  return new Proxy(session, {
    get(target, property) {
      if (property === "createUnidirectionalStream") {
        return async (options?: { sendOrder?: number }) => {
          const writable = await target.createUnidirectionalStream(options);
          const chunks: Uint8Array[] = [];
          onStream(chunks);
          return tapWritable(writable, chunks);
        };
      }
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function tapWritable(
  writable: WritableStream<Uint8Array>,
  chunks: Uint8Array[],
): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  return new WritableStream<Uint8Array>({
    start(controller) {
      writer.closed.catch((error) => controller.error(error));
    },
    async write(chunk) {
      chunks.push(chunk.slice());
      await writer.write(chunk);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}
