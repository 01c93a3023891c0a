import type { EventQueue } from "./event_queue.ts";
import { PACKET_PAYLOAD, type SimulatedLink } from "./simulated_link.ts";

const INITIAL_WINDOW = 10;

/** A bulk transfer over the same link that fills its queue: slow start, then Reno (RFC 5681). */
export class SimulatedTcpFlow {
  readonly #events: EventQueue;
  readonly #link: SimulatedLink;
  readonly #endMs: number;
  #window = INITIAL_WINDOW;
  #slowStartThreshold = Infinity;
  #inFlight = 0;
  #recoverUntilMs = 0;

  /** Bytes that arrived. */
  deliveredBytes = 0;

  constructor(events: EventQueue, link: SimulatedLink, startMs: number, endMs: number) {
    this.#events = events;
    this.#link = link;
    this.#endMs = endMs;
    events.at(startMs, () => this.#fill());
  }

  #fill(): void {
    if (this.#events.nowMs >= this.#endMs) return;
    while (this.#inFlight < this.#window) this.#send();
  }

  #send(): void {
    this.#inFlight++;
    const sentAtMs = this.#events.nowMs;
    const { delayMs } = this.#link.phase;
    const fate = this.#link.send(PACKET_PAYLOAD, () => {
      this.deliveredBytes += PACKET_PAYLOAD;
      this.#events.at(this.#events.nowMs + delayMs, () => this.#acknowledged());
    });
    if (fate === "queued") return;
    this.#events.at(sentAtMs + 2 * delayMs + this.#link.queueMs + 1, () => this.#lost(sentAtMs));
  }

  #acknowledged(): void {
    this.#inFlight--;
    this.#window += this.#window < this.#slowStartThreshold ? 1 : 1 / this.#window;
    this.#fill();
  }

  #lost(sentAtMs: number): void {
    this.#inFlight--;
    if (sentAtMs >= this.#recoverUntilMs) {
      this.#window = Math.max(2, this.#window / 2);
      this.#slowStartThreshold = this.#window;
      this.#recoverUntilMs = this.#events.nowMs;
    }
    this.#fill();
  }
}
