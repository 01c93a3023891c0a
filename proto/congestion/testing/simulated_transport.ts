import type { EventQueue } from "./event_queue.ts";
import { PACKET_PAYLOAD, type PacketFate, type SimulatedLink } from "./simulated_link.ts";

/** Round trips until a lost packet is sent again (RFC 9002, 6.1: packet or time threshold). */
const LOSS_DETECTION_ROUND_TRIPS = 1.2;
/** Bandwidth-delay products that may be on the way, and round trips for which a rate is believed. */
const WINDOW_GAIN = 2;
const BANDWIDTH_ROUND_TRIPS = 10;
/** Smallest window, packets. */
const MIN_WINDOW_PACKETS = 4;

interface Piece {
  readonly stream: SimulatedStream;
  readonly endBytes: number;
  missingPackets: number;
}

interface Packet {
  readonly piece: Piece;
  readonly bytes: number;
}

/**
 * Reliable streams over a lossy link, as QUIC makes them: lost packets are sent again after 1.2 round
 * trips. Its own congestion control is BBR as it should be: twice the bandwidth-delay product is on
 * the way at most, by the highest rate of the last ten round trips; the rest waits here.
 */
export class SimulatedTransport {
  readonly #events: EventQueue;
  readonly #link: SimulatedLink;
  readonly #maxWindowBytes: number;
  #waiting: Packet[] = [];
  #inFlightBytes = 0;
  #rates: { readonly atMs: number; readonly rateBps: number }[] = [];

  /** `maxWindowBytes`: the most on the way at once, as of a transport that yields to random loss. */
  constructor(events: EventQueue, link: SimulatedLink, maxWindowBytes = Infinity) {
    this.#events = events;
    this.#link = link;
    this.#maxWindowBytes = maxWindowBytes;
  }

  /** A stream; `onPiece` runs when a piece and all before it have arrived. */
  openStream(onPiece: (endBytes: number) => void): SimulatedStream {
    return new SimulatedStream((piece, bytes) => this.#write(piece, bytes), onPiece);
  }

  #write(piece: Piece, bytes: number): void {
    for (let left = bytes; left > 0; left -= PACKET_PAYLOAD) {
      this.#waiting.push({ piece, bytes: Math.min(left, PACKET_PAYLOAD) });
    }
    this.#fill();
  }

  #fill(): void {
    const windowBytes = this.#windowBytes();
    let sent = 0;
    while (sent < this.#waiting.length && this.#inFlightBytes < windowBytes) {
      this.#send(this.#waiting[sent++]!);
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }

  #send(packet: Packet): void {
    this.#inFlightBytes += packet.bytes;
    const { delayMs } = this.#link.phase;
    const fate = this.#link.send(packet.bytes, () => {
      packet.piece.missingPackets--;
      packet.piece.stream.deliver();
      this.#events.at(this.#events.nowMs + delayMs, () => {
        this.#inFlightBytes -= packet.bytes;
        this.#fill();
      });
    });
    if (fate !== "queued") this.#retransmit(packet, fate);
  }

  #retransmit(packet: Packet, fate: PacketFate): void {
    const roundTripMs = Math.max(1, 2 * this.#link.phase.delayMs + this.#link.queueMs);
    const seenMs = fate === "blackout" ? this.#link.nextPhaseMs : this.#events.nowMs;
    this.#events.at(seenMs + LOSS_DETECTION_ROUND_TRIPS * roundTripMs, () => {
      this.#inFlightBytes -= packet.bytes;
      this.#waiting.unshift(packet);
      this.#fill();
    });
  }

  #windowBytes(): number {
    const { rateBps, delayMs } = this.#link.phase;
    const nowMs = this.#events.nowMs;
    const last = this.#rates.at(-1);
    if (rateBps > 0 && last?.rateBps !== rateBps) this.#rates.push({ atMs: nowMs, rateBps });
    const believedFromMs = nowMs - BANDWIDTH_ROUND_TRIPS * 2 * delayMs;
    // A rate holds until the next one begins.
    while (this.#rates.length > 1 && this.#rates[1]!.atMs < believedFromMs) this.#rates.shift();
    const highestBps = Math.max(0, ...this.#rates.map((rate) => rate.rateBps));
    const productBytes = highestBps * 2 * delayMs / 8_000;
    const windowBytes = Math.min(WINDOW_GAIN * productBytes, this.#maxWindowBytes);
    return Math.max(MIN_WINDOW_PACKETS * PACKET_PAYLOAD, windowBytes);
  }
}

/** One stream of a transport: its pieces arrive in order. */
export class SimulatedStream {
  readonly #write: (piece: Piece, bytes: number) => void;
  readonly #onPiece: (endBytes: number) => void;
  readonly #pieces: Piece[] = [];
  #first = 0;
  #writtenBytes = 0;

  constructor(
    write: (piece: Piece, bytes: number) => void,
    onPiece: (endBytes: number) => void,
  ) {
    this.#write = write;
    this.#onPiece = onPiece;
  }

  /** Writes a piece. */
  write(bytes: number): void {
    this.#writtenBytes += bytes;
    const missingPackets = Math.ceil(bytes / PACKET_PAYLOAD);
    const piece = { stream: this, endBytes: this.#writtenBytes, missingPackets };
    this.#pieces.push(piece);
    this.#write(piece, bytes);
  }

  /** Hands on what has arrived in order. */
  deliver(): void {
    while (this.#first < this.#pieces.length && this.#pieces[this.#first]!.missingPackets === 0) {
      this.#onPiece(this.#pieces[this.#first]!.endBytes);
      this.#first++;
    }
  }
}
