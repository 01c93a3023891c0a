import type { EventQueue } from "./event_queue.ts";

/** Payload of a packet, bytes; QUIC's headers and UDP/IP add `PACKET_OVERHEAD`. */
export const PACKET_PAYLOAD = 1_200;
/** Bytes that each packet takes on the link besides its payload. */
export const PACKET_OVERHEAD = 50;

/** One phase of a link. */
export interface LinkPhase {
  /** When it begins, milliseconds. */
  readonly fromMs: number;
  /** Bits per second; 0 is a blackout, in which everything is lost. */
  readonly rateBps: number;
  /** One-way delay, milliseconds. */
  readonly delayMs: number;
  /** Part of the packets that get lost at random, 0 to 1. */
  readonly lossRatio: number;
  /** Up to so many milliseconds more for each packet, uniform; packets keep their order. */
  readonly jitterMs: number;
}

/** A link in one direction. */
export interface LinkOptions {
  /** In order of time; the first begins at 0. */
  readonly phases: readonly LinkPhase[];
  /** What waits at most; what comes when it is full is dropped. */
  readonly queueBytes: number;
}

/** What became of a packet. */
export type PacketFate = "queued" | "lost" | "dropped" | "blackout";

/** A bottleneck: a tail-drop queue that drains at a rate, then delay, jitter and loss. */
export class SimulatedLink {
  readonly #events: EventQueue;
  readonly #options: LinkOptions;
  readonly #random: () => number;
  #phase = 0;
  #busyUntilMs = 0;
  #lastArrivalMs = 0;

  constructor(events: EventQueue, options: LinkOptions, random: () => number) {
    this.#events = events;
    this.#options = options;
    this.#random = random;
  }

  /** How long a packet that comes now would wait, milliseconds. */
  get queueMs(): number {
    return Math.max(0, this.#busyUntilMs - this.#events.nowMs);
  }

  /** The link as it is now. */
  get phase(): LinkPhase {
    this.#advanceTo(this.#events.nowMs);
    return this.#options.phases[this.#phase]!;
  }

  /** When the phase after the present one begins; infinity if there is none. */
  get nextPhaseMs(): number {
    return this.#options.phases[this.#phase + 1]?.fromMs ?? Infinity;
  }

  /** Sends a packet of `payloadBytes`; `arrived` runs when it reaches the other end. */
  send(payloadBytes: number, arrived: () => void): PacketFate {
    const { rateBps, delayMs, lossRatio, jitterMs } = this.phase;
    if (rateBps === 0) return "blackout";
    const bytes = payloadBytes + PACKET_OVERHEAD;
    if (this.queueMs * rateBps / 8_000 + bytes > this.#options.queueBytes) return "dropped";
    const startMs = Math.max(this.#busyUntilMs, this.#events.nowMs);
    this.#busyUntilMs = startMs + bytes * 8_000 / (this.#rateAt(startMs) || rateBps);
    if (this.#random() < lossRatio) return "lost";
    const arrivalMs = this.#busyUntilMs + delayMs + jitterMs * this.#random();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    this.#events.at(this.#lastArrivalMs, arrived);
    return "queued";
  }

  #rateAt(timeMs: number): number {
    const { phases } = this.#options;
    let index = this.#phase;
    while (index + 1 < phases.length && phases[index + 1]!.fromMs <= timeMs) index++;
    return phases[index]!.rateBps;
  }

  #advanceTo(timeMs: number): void {
    const { phases } = this.#options;
    while (this.#phase + 1 < phases.length && phases[this.#phase + 1]!.fromMs <= timeMs) {
      this.#phase++;
    }
  }
}
