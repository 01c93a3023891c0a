import { type WaitOptions, withDeadline } from "./deadline.ts";
import { firstOf } from "./staggered_attempts.ts";
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
 * Connects and waits until the session is ready; while that takes long it tries anew side by side. A
 * session that comes too late is closed.
 *
 * @throws {ConnectError} when the server cannot be reached within {@link CONNECT_DEADLINE_MS}.
 */
export async function connectSession(
  connect: Connect,
  endpoint: ServerEndpoint,
  { signal, scheduler }: WaitOptions,
): Promise<WebTransportSession> {
  signal.throwIfAborted();
  const given = new AbortController();
  const attempts = firstOf({
    attempt: (abandoned) => establish(connect, endpoint, abandoned),
    discard: (session) => session.close(),
    signal: AbortSignal.any([signal, given.signal]),
    scheduler,
  });
  try {
    return await withDeadline(attempts, CONNECT_DEADLINE_MS, { signal, scheduler });
  } catch (error) {
    signal.throwIfAborted();
    throw new ConnectError(`no session with ${endpoint.url}`, { cause: error });
  } finally {
    given.abort();
  }
}

/** A session that is ready; it is closed when `abandoned` aborts before that. */
async function establish(
  connect: Connect,
  { url, certificateHashes }: ServerEndpoint,
  abandoned: AbortSignal,
): Promise<WebTransportSession> {
  // Its own signal: that of the attempts also aborts when this one has won.
  const connecting = new AbortController();
  let session: WebTransportSession | undefined;
  const abandon = () => {
    connecting.abort();
    session?.close();
  };
  abandoned.addEventListener("abort", abandon, { once: true });
  try {
    session = await connect(url, {
      certificateHashes: [...certificateHashes],
      signal: connecting.signal,
    });
    // Both may reject long after anyone waits for them.
    session.closed.catch(() => undefined);
    session.ready.catch(() => undefined);
    if (abandoned.aborted) session.close();
    await session.ready;
    return session;
  } finally {
    abandoned.removeEventListener("abort", abandon);
  }
}
