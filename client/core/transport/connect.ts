import { type WaitOptions, withDeadline } from "./deadline.ts";
import type { WebTransportSession } from "./webtransport_session.ts";

/** How long a session may take to be established, milliseconds. */
export const CONNECT_DEADLINE_MS = 5_000;

/**
 * Starts a WebTransport session. In a browser: `new WebTransport(url, { serverCertificateHashes })`.
 * `certificateHashes` are SHA-256 digests, empty when the certificate is a public one.
 */
export type Connect = (
  url: string,
  options: { readonly certificateHashes: Uint8Array[]; readonly signal?: AbortSignal },
) => WebTransportSession | Promise<WebTransportSession>;

/** Where a server is and which certificates it may show. */
export interface ServerEndpoint {
  readonly url: string;
  readonly certificateHashes: readonly Uint8Array[];
}

/** A session could not be established. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
}

/**
 * Connects and waits until the session is ready. A session that comes too late is closed.
 *
 * @throws {ConnectError} when the server cannot be reached within {@link CONNECT_DEADLINE_MS}.
 */
export async function connectSession(
  connect: Connect,
  endpoint: ServerEndpoint,
  { signal, scheduler }: WaitOptions,
): Promise<WebTransportSession> {
  signal.throwIfAborted();
  let given: WebTransportSession | undefined;
  let abandoned = false;
  const established = async () => {
    const session = await connect(endpoint.url, {
      certificateHashes: [...endpoint.certificateHashes],
      signal,
    });
    // Both may reject long after anyone waits for them.
    session.closed.catch(() => undefined);
    session.ready.catch(() => undefined);
    given = session;
    if (abandoned) session.close();
    await session.ready;
    return session;
  };
  try {
    return await withDeadline(established(), CONNECT_DEADLINE_MS, { signal, scheduler });
  } catch (error) {
    abandoned = true;
    given?.close();
    signal.throwIfAborted();
    throw new ConnectError(`no session with ${endpoint.url}`, { cause: error });
  }
}
