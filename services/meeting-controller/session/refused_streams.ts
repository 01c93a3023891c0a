import type { BidirectionalStream, ServerSession } from "../../runtime/webtransport/session.ts";

/** A signaling session has one stream: any other the client opens is told to stop. */
export function refuseStreams(reader: ReadableStreamDefaultReader<BidirectionalStream>): void {
  const refuse = async () => {
    for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) {
      next.value.readable.cancel().catch(() => undefined);
      next.value.writable.close().catch(() => undefined);
    }
  };
  refuse().catch(() => undefined);
}

/** Nor has it any stream in one direction. */
export function refuseUnidirectionalStreams(
  { incomingUnidirectionalStreams }: ServerSession,
): void {
  const refuse = async () => {
    for await (const stream of incomingUnidirectionalStreams) {
      stream.cancel().catch(() => undefined);
    }
  };
  refuse().catch(() => undefined);
}
