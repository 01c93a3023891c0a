import type { TransportCounters } from "./counters.ts";
import type { TakeDatagram } from "./session.ts";

/** Received datagrams on their way to the application: bounded, the oldest is dropped first. */
export class DatagramQueue {
  /** Closes when the session ends. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #capacity: number;
  readonly #counters: TransportCounters;
  readonly #waiting: Uint8Array[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #wake: (() => void) | undefined;
  #take: TakeDatagram | undefined;
  #pause: PromiseWithResolvers<void> | undefined;

  /** `capacity`: how many datagrams may wait. */
  constructor(capacity: number, counters: TransportCounters) {
    this.#capacity = capacity;
    this.#counters = counters;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** While the application wants no datagram: resolves when it does again, or the session ends. */
  get pause(): Promise<void> | undefined {
    return this.#pause?.promise;
  }

  /** Takes a datagram, without the session's prefix. Keeps the bytes, does not copy them. */
  push(datagram: Uint8Array): void {
    if (!this.#controller) return;
    if (this.#take && !this.#pause) {
      this.#offer(this.#take, datagram);
      return;
    }
    if (this.#waiting.length >= this.#capacity) {
      this.#waiting.shift();
      this.#counters.datagramsDropped++;
    }
    this.#waiting.push(datagram);
    this.#wake?.();
  }

  /** Hands datagrams to `take` instead of to the readable; see {@link ServerSession}. */
  takeWith(take: TakeDatagram): () => void {
    this.#take = take;
    this.#offerWaiting();
    return () => this.#resume();
  }

  /** Ends the readable; what still waits is dropped. */
  close(): void {
    this.#controller?.close();
    this.#end();
  }

  #resume(): void {
    const pause = this.#pause;
    if (!pause) return;
    this.#pause = undefined;
    this.#offerWaiting();
    pause.resolve();
  }

  #offerWaiting(): void {
    while (this.#take && !this.#pause && this.#waiting.length > 0) {
      this.#offer(this.#take, this.#waiting.shift()!);
    }
  }

  #offer(take: TakeDatagram, datagram: Uint8Array): void {
    if (!take(datagram) && this.#controller) this.#pause = Promise.withResolvers();
  }

  async #pull(): Promise<void> {
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    const datagram = this.#waiting.shift();
    if (datagram) this.#controller?.enqueue(datagram);
  }

  #end(): void {
    this.#controller = undefined;
    this.#waiting.length = 0;
    this.#take = undefined;
    this.#wake?.();
    this.#pause?.resolve();
    this.#pause = undefined;
  }
}
