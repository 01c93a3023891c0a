import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  type AcknowledgementEntry,
  encodeAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import type { Scheduler } from "../crypto/scheduler.ts";

/**
 * How often the last count of a stream that stopped moving is repeated, each time after twice as
 * many intervals: a sender that waits until all is acknowledged must not wait for ever because one
 * datagram was lost.
 */
export const MAX_REPEATS = 5;

/**
 * How long an acknowledgement that is due waits for more to arrive, milliseconds: one that leaves
 * together with QUIC's own for what has just arrived saves both sides a packet. Longer than a frame
 * at 30 a second.
 */
export const MAX_WAIT_FOR_ARRIVAL_MS = 40;

interface StreamCount {
  receivedBytes: number;
  /** Whether bytes have arrived that were never acknowledged. */
  moved: boolean;
  repeats: number;
  /** Intervals until the last count is sent again; undefined when it need not be. */
  dueIn: number | undefined;
}

/** Tells the media handler how much of each of its streams has arrived. */
export class Acknowledger {
  readonly #scheduler: Scheduler;
  readonly #send: (datagram: Uint8Array<ArrayBuffer>) => void;
  readonly #streams = new Map<number, StreamCount>();
  /** Whether an interval has passed since the last datagram. */
  #due = true;
  #timer: Disposable | undefined;

  constructor(options: {
    readonly scheduler: Scheduler;
    readonly send: (datagram: Uint8Array<ArrayBuffer>) => void;
  }) {
    this.#scheduler = options.scheduler;
    this.#send = options.send;
  }

  /** `receivedBytes` of the stream have arrived since its start, its header included. */
  received(deliveryNumber: number, receivedBytes: number): void {
    const stream = this.#streams.get(deliveryNumber);
    if (stream === undefined) {
      const fresh = { receivedBytes, moved: true, repeats: 0, dueIn: undefined };
      this.#streams.set(deliveryNumber, fresh);
    } else {
      stream.receivedBytes = receivedBytes;
      stream.moved = true;
    }
    if (this.#due) this.#acknowledge();
  }

  /** The stream ended: nobody asks about it any more. */
  forget(deliveryNumber: number): void {
    this.#streams.delete(deliveryNumber);
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#streams.clear();
  }

  /** Sends what has moved and what is to be repeated now. */
  #acknowledge(): void {
    const entries: AcknowledgementEntry[] = [];
    for (const [deliveryNumber, stream] of this.#streams) {
      if (!stream.moved && stream.dueIn !== 0) continue;
      stream.repeats = stream.moved ? 1 : stream.repeats + 1;
      stream.moved = false;
      stream.dueIn = stream.repeats <= MAX_REPEATS ? 2 ** stream.repeats : undefined;
      entries.push({ deliveryNumber, receivedBytes: stream.receivedBytes });
    }
    for (const datagram of encodeAcknowledgements(entries)) this.#send(datagram);
    this.#due = false;
    this.#after(ACKNOWLEDGEMENT_INTERVAL_MS, () => this.#intervalPassed());
  }

  #intervalPassed(): void {
    this.#due = true;
    let moved = false;
    let repeat = false;
    let pending = false;
    for (const stream of this.#streams.values()) {
      moved ||= stream.moved;
      if (stream.dueIn === undefined) continue;
      pending = true;
      if (--stream.dueIn === 0) repeat = true;
    }
    if (repeat) this.#acknowledge();
    else if (moved) this.#after(MAX_WAIT_FOR_ARRIVAL_MS, () => this.#acknowledge());
    else if (pending) this.#after(ACKNOWLEDGEMENT_INTERVAL_MS, () => this.#intervalPassed());
  }

  /** Sets the one timer. */
  #after(delayMs: number, callback: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#scheduler.after(delayMs, callback);
  }
}
