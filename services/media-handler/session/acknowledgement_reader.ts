import {
  AcknowledgementError,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import type { ServerSession } from "../../runtime/webtransport/session.ts";
import type { Subscriber } from "../egress/subscriber.ts";
import type { Rest, RestTimer } from "./rest_timer.ts";

/** What the reader of a client's acknowledgements needs. */
export interface AcknowledgementReaderOptions {
  readonly session: ServerSession;
  readonly subscriber: Subscriber;
  readonly rests: RestTimer;
  /** Called with the number of entries that no honest client sends. */
  readonly onImpossible: (count: number) => void;
  /** Called when reading failed because of a fault of ours. */
  readonly onError: (error: unknown) => void;
}

/**
 * Reads a client's acknowledgements when they are needed. Each that is read as it arrives wakes the
 * process, some 30 µs; those that wait until a frame is written are read with it, those of all
 * subscribers in one go (ops/decisions, 2026-11-20).
 */
export class AcknowledgementReader implements Rest {
  readonly #options: AcknowledgementReaderOptions;
  readonly #resume: () => void;
  #resting = false;

  constructor(options: AcknowledgementReaderOptions) {
    this.#options = options;
    this.#resume = options.session.takeDatagrams((bytes) => this.#take(bytes));
  }

  /** Reads until nothing more is needed. */
  wake(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#options.rests.remove(this);
    this.#resume();
  }

  /** The session is gone. */
  stop(): void {
    this.#options.rests.remove(this);
  }

  /** Returns whether the next one is wanted at once. */
  #take(bytes: Uint8Array): boolean {
    try {
      const { subscriber, rests } = this.#options;
      const inFlight = subscriber.bytesInFlight;
      const impossible = this.#acknowledge(bytes);
      if (impossible > 0) this.#options.onImpossible(impossible);
      const moved = subscriber.bytesInFlight < inFlight;
      this.#resting = moved && impossible === 0 && !subscriber.wantsAcknowledgements;
      if (this.#resting) rests.add(this);
      return !this.#resting;
    } catch (error) {
      this.#options.onError(error);
      return true;
    }
  }

  #acknowledge(bytes: Uint8Array): number {
    try {
      return this.#options.subscriber.acknowledge(readAcknowledgements(bytes));
    } catch (error) {
      if (error instanceof AcknowledgementError) return 1;
      throw error;
    }
  }
}
