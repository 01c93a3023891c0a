import type { TransportCounters } from "./counters.ts";
import { DatagramQueue } from "./datagram_queue.ts";
import { encodeVarint, readVarint } from "./http3/varint.ts";
import { MAX_DATAGRAM_LENGTH, MAX_OUTGOING_DATAGRAMS } from "./limits.ts";
import type { TakeDatagram } from "./session.ts";

/** The datagrams of a session over QUIC: adds and strips the prefix that names the session. */
export class QuicDatagrams {
  /** Never waits for the network: a datagram that cannot leave soon is worth nothing. */
  readonly writable: WritableStream<Uint8Array>;
  readonly #counters: TransportCounters;
  readonly #received: DatagramQueue;
  readonly #started = Promise.withResolvers<void>();
  #controller: WritableStreamDefaultController | undefined;
  #quic: Deno.QuicConn | undefined;
  #prefix = new Uint8Array(0);
  #outgoing = 0;

  /** `maxWaiting`: received datagrams that may wait for the application. */
  constructor(maxWaiting: number, counters: TransportCounters) {
    this.#counters = counters;
    this.#received = new DatagramQueue(maxWaiting, counters);
    this.writable = new WritableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (datagram) => this.#send(datagram),
    });
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#received.readable;
  }

  /** Hands datagrams to `take` instead of to `readable`; see {@link ServerSession}. */
  takeWith(take: TakeDatagram): () => void {
    return this.#received.takeWith(take);
  }

  /** The session is open; `sessionId` is the id of its CONNECT stream. */
  start(quic: Deno.QuicConn, sessionId: number): void {
    // Datagrams name the stream by a quarter of its id (RFC 9297 §2.1).
    const quarterId = sessionId / 4;
    this.#quic = quic;
    this.#prefix = encodeVarint(quarterId);
    this.#started.resolve();
    this.#receive(quic, quarterId).catch(() => {});
  }

  /** The session has ended. */
  close(error: Error): void {
    this.#controller?.error(error);
    this.#received.close();
    this.#quic = undefined;
    this.#started.resolve();
  }

  /** Rejects when the connection is closed. */
  async #receive(quic: Deno.QuicConn, quarterId: number): Promise<never> {
    for (;;) {
      const datagram = await quic.readDatagram();
      const prefix = readVarint(datagram, 0);
      if (prefix?.value === quarterId) this.#received.push(datagram.subarray(prefix.end));
      else this.#counters.datagramsInvalid++;
      // What is not read waits in the transport: a read that waits would wake the process.
      while (this.#received.pause) await this.#received.pause;
    }
  }

  async #send(datagram: Uint8Array): Promise<void> {
    if (!this.#quic) await this.#started.promise;
    const quic = this.#quic;
    const tooMany = this.#outgoing >= MAX_OUTGOING_DATAGRAMS;
    if (!quic || tooMany || datagram.length > MAX_DATAGRAM_LENGTH) {
      this.#counters.datagramsNotSent++;
      return;
    }
    const prefixed = new Uint8Array(this.#prefix.length + datagram.length);
    prefixed.set(this.#prefix);
    prefixed.set(datagram, this.#prefix.length);
    this.#outgoing++;
    quic.sendDatagram(prefixed)
      .catch(() => this.#counters.datagramsNotSent++)
      .finally(() => this.#outgoing--);
  }
}
