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

interface StreamCount {
  receivedBytes: number;
  repeats: number;
  /** Intervals until the count is sent (again); undefined when it need not be. */
  dueIn: number | undefined;
}

/** Tells the media handler how much of each of its streams has arrived. */
export class Acknowledger {
  readonly #scheduler: Scheduler;
  readonly #send: (datagram: Uint8Array<ArrayBuffer>) => void;
  readonly #streams = new Map<number, StreamCount>();
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
      this.#streams.set(deliveryNumber, { receivedBytes, repeats: 0, dueIn: 1 });
    } else {
      stream.receivedBytes = receivedBytes;
      stream.repeats = 0;
      stream.dueIn = 1;
    }
    this.#schedule();
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

  #schedule(): void {
    this.#timer ??= this.#scheduler.after(ACKNOWLEDGEMENT_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.#tick();
    });
  }

  #tick(): void {
    const entries: AcknowledgementEntry[] = [];
    let pending = false;
    for (const [deliveryNumber, stream] of this.#streams) {
      if (stream.dueIn === undefined) continue;
      stream.dueIn--;
      if (stream.dueIn === 0) {
        entries.push({ deliveryNumber, receivedBytes: stream.receivedBytes });
        stream.repeats++;
        stream.dueIn = stream.repeats <= MAX_REPEATS ? 2 ** stream.repeats : undefined;
      }
      pending ||= stream.dueIn !== undefined;
    }
    for (const datagram of encodeAcknowledgements(entries)) this.#send(datagram);
    if (pending) this.#schedule();
  }
}
