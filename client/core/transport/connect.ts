import { type WaitOptions, withDeadline } from "./deadline.ts";
import { firstOf } from "./staggered_attempts.ts";
import type { WebTransportSession } from "./webtransport_session.ts";

/** How long a session may take to be established, milliseconds. */
export const CONNECT_DEADLINE_MS = 5_000;

/** By which the intervals between attempts grow where those that fail cost something. */
const DEAR_STAGGER_GROWTH = 2;

/**
 * Starts a WebTransport session. In a browser: `new WebTransport(url, { serverCertificateHashes })`.
 * `certificateHashes` are SHA-256 digests, empty when the certificate is a public one.
 */
export interface Connect {
  (
    url: string,
    options: { readonly certificateHashes: Uint8Array[]; readonly signal?: AbortSignal },
  ): WebTransportSession | Promise<WebTransportSession>;
  /**
   * How long the platform may hold back a session that is started now, milliseconds: the longer the
   * more have failed. Undefined where failures cost nothing.
   */
  readonly heldBackMs?: () => number;
}

/** Where a server is and which certificates it may show. */
export interface ServerEndpoint {
  readonly url: string;
  readonly certificateHashes: readonly Uint8Array[];
}

/** Whether it is one server: one that was started again may show other certificates. */
export function isSamePlace(one: ServerEndpoint, other: ServerEndpoint): boolean {
  const hashesOf = ({ certificateHashes }: ServerEndpoint) =>
    certificateHashes.map((hash) => hash.join()).join(" ");
  return urlOf(one) === urlOf(other) && hashesOf(one) === hashesOf(other);
}

/** By which servers are told apart that may have been started again. */
export function urlOf({ url }: Pick<ServerEndpoint, "url">): string {
  return new URL(url).href;
}

/** A session could not be established. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
}

/**
 * Connects and waits until the session is ready; while that takes long it tries anew side by side. A
 * session that comes too late is closed.
 *
 * @throws {ConnectError} when the server cannot be reached within {@link CONNECT_DEADLINE_MS} of the
 * time that the platform holds the session back.
 */
export async function connectSession(
  connect: Connect,
  endpoint: ServerEndpoint,
  { signal, scheduler }: WaitOptions,
): Promise<WebTransportSession> {
  signal.throwIfAborted();
  const given = new AbortController();
  // What is held back is not begun: nothing would overtake it, and giving it up costs its turn.
  const heldBackMs = connect.heldBackMs?.() ?? 0;
  const attempts = firstOf({
    heldBackMs,
    growth: connect.heldBackMs === undefined ? 1 : DEAR_STAGGER_GROWTH,
    attempt: (abandoned) => establish(connect, endpoint, abandoned),
    discard: (session) => session.close(),
    signal: AbortSignal.any([signal, given.signal]),
    scheduler,
  });
  try {
    return await withDeadline(attempts, heldBackMs + CONNECT_DEADLINE_MS, { signal, scheduler });
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
