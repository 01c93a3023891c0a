import type { WebTransportSession } from "./webtransport_session.ts";

/** Most datagrams that wait for the transport; more are dropped. */
export const MAX_WAITING_DATAGRAMS = 64;
/** How long a datagram may wait in the transport before that drops it, milliseconds. */
export const MAX_DATAGRAM_AGE_MS = 250;

/**
 * The way out for all datagrams of a session. What cannot leave soon is dropped: nothing that goes
 * in a datagram is of use late.
 */
export class DatagramSender {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #waiting = 0;

  constructor({ datagrams }: WebTransportSession) {
    if ("outgoingMaxAge" in datagrams) datagrams.outgoingMaxAge = MAX_DATAGRAM_AGE_MS;
    this.#writer = datagrams.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
  }

  /** Sends a datagram of at most 1,100 bytes, or drops it. Never throws. */
  send(datagram: Uint8Array): void {
    if (this.#waiting >= MAX_WAITING_DATAGRAMS) return;
    this.#waiting++;
    const written = () => void this.#waiting--;
    this.#writer.write(datagram).then(written, written);
  }
}
