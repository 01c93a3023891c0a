import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  encodeAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import type { Clock } from "../clock.ts";

/**
 * How often one state of a stream is acknowledged. A datagram may be lost, and a publisher that
 * misses the last one before a pause would take the pause for a full queue.
 */
export const ACKNOWLEDGEMENT_REPEATS = 3;

interface Progress {
  receivedBytes: number;
  /** Datagrams that will still name the stream. */
  repeats: number;
}

/** Tells a publisher how much of its streams has arrived, while they move. */
export class UplinkAcknowledger {
  readonly #clock: Clock;
  readonly #send: (datagram: Uint8Array) => void;
  readonly #moved = new Map<number, Progress>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, send: (datagram: Uint8Array) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** `receivedBytes` of the stream have arrived since its start, its header included. */
  moved(deliveryNumber: number, receivedBytes: number): void {
    if (this.#stopped) return;
    const progress = this.#moved.get(deliveryNumber);
    if (progress === undefined) {
      this.#moved.set(deliveryNumber, { receivedBytes, repeats: ACKNOWLEDGEMENT_REPEATS });
    } else {
      progress.receivedBytes = receivedBytes;
      progress.repeats = ACKNOWLEDGEMENT_REPEATS;
    }
    this.#cancelTimer ??= this.#clock.after(ACKNOWLEDGEMENT_INTERVAL_MS, () => this.#tick());
  }

  /** The session is gone. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#moved.clear();
  }

  #tick(): void {
    this.#cancelTimer = undefined;
    const entries = Array.from(
      this.#moved,
      ([deliveryNumber, { receivedBytes }]) => ({ deliveryNumber, receivedBytes }),
    );
    for (const datagram of encodeAcknowledgements(entries)) this.#send(datagram);
    for (const [deliveryNumber, progress] of this.#moved) {
      if (--progress.repeats === 0) this.#moved.delete(deliveryNumber);
    }
    if (this.#moved.size > 0) {
      this.#cancelTimer = this.#clock.after(ACKNOWLEDGEMENT_INTERVAL_MS, () => this.#tick());
    }
  }
}
