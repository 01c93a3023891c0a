import assert from "node:assert/strict";
import { connectWebTransport } from "../client.ts";
import type { ServerSession, WebTransportSession } from "../session.ts";
import type { TestListener } from "./raw_peer.ts";

/** Both ends of a new session with the listener. */
export async function connect(stage: TestListener): Promise<[WebTransportSession, ServerSession]> {
  const [client, server] = await Promise.all([
    connectWebTransport(stage.url, { certificateHashes: stage.listener.certificateHashes }),
    stage.nextSession(),
  ]);
  return [client, server];
}

/** One byte there and back on a new stream: the session is alive and nothing holds it up. */
export async function assertEchoes(
  client: WebTransportSession,
  server: ServerSession,
): Promise<void> {
  const near = await client.createBidirectionalStream();
  const writer = near.writable.getWriter();
  await writer.write(Uint8Array.of(42));
  await writer.close();
  const incoming = server.incomingBidirectionalStreams.getReader();
  const { value: far } = await incoming.read();
  incoming.releaseLock();
  await far!.readable.pipeTo(far!.writable);
  const bytes: number[] = [];
  for await (const chunk of near.readable) bytes.push(...chunk);
  assert.deepEqual(bytes, [42]);
}

/** The bytes of a stream up to its end. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}
