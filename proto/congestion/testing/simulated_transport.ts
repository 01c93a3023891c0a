import type { EventQueue } from "./event_queue.ts";
import { PACKET_PAYLOAD, type SimulatedLink } from "./simulated_link.ts";

/** Round trips until a lost packet is sent again (RFC 9002, 6.1: packet or time threshold). */
const LOSS_DETECTION_ROUND_TRIPS = 1.2;

interface Piece {
  readonly endBytes: number;
  missingPackets: number;
}

/**
 * A reliable stream in order over a lossy link, as QUIC makes one: lost packets are sent again
 * after 1.2 round trips, and what comes after them waits for them.
 */
export class SimulatedStream {
  readonly #events: EventQueue;
  readonly #link: SimulatedLink;
  readonly #onPiece: (endBytes: number) => void;
  readonly #pieces: Piece[] = [];
  #first = 0;
  #writtenBytes = 0;

  /** `onPiece` runs when a piece and all before it have arrived. */
  constructor(events: EventQueue, link: SimulatedLink, onPiece: (endBytes: number) => void) {
    this.#events = events;
    this.#link = link;
    this.#onPiece = onPiece;
  }

  /** Writes a piece; returns where it ends, bytes since the start of the stream. */
  write(bytes: number): number {
    this.#writtenBytes += bytes;
    const piece = {
      endBytes: this.#writtenBytes,
      missingPackets: Math.ceil(bytes / PACKET_PAYLOAD),
    };
    this.#pieces.push(piece);
    for (let left = bytes; left > 0; left -= PACKET_PAYLOAD) {
      this.#send(piece, Math.min(left, PACKET_PAYLOAD));
    }
    return piece.endBytes;
  }

  #send(piece: Piece, bytes: number): void {
    const fate = this.#link.send(bytes, () => {
      piece.missingPackets--;
      this.#deliver();
    });
    if (fate === "queued") return;
    const { delayMs } = this.#link.phase;
    const roundTripMs = 2 * delayMs + this.#link.queueMs;
    const noticedMs = fate === "blackout" ? this.#link.nextPhaseMs : this.#events.nowMs;
    this.#events.at(noticedMs + LOSS_DETECTION_ROUND_TRIPS * Math.max(roundTripMs, 1), () => {
      this.#send(piece, bytes);
    });
  }

  #deliver(): void {
    while (this.#first < this.#pieces.length && this.#pieces[this.#first]!.missingPackets === 0) {
      this.#onPiece(this.#pieces[this.#first]!.endBytes);
      this.#first++;
    }
  }
}
