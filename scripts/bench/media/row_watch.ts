import type { UdpRelay } from "../../../services/stack/network/udp_relay.ts";
import { DeliveryLog } from "./delivery_log.ts";
import { busyShare, readProcessorTimes } from "./machine_load.ts";
import { NewcomerTraffic } from "./newcomer_traffic.ts";

/** How often a relay's counters are read, milliseconds. */
const READING_INTERVAL_MS = 50;

/**
 * Watches the network and the machine while something is measured: what the watched clients of the
 * media relay received, packets that a relay missed, and how busy the processors were.
 */
export class RowWatch implements Disposable {
  /** What the clients received that came to the media relay after the watch began, by wall clock. */
  readonly deliveries = new DeliveryLog();
  readonly #media: UdpRelay;
  readonly #relays: readonly UdpRelay[];
  readonly #receivers: NewcomerTraffic;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #missedBefore: number;
  readonly #loadBefore = readProcessorTimes();

  /** @param others further relays whose missed packets count. */
  constructor(media: UdpRelay, others: readonly UdpRelay[] = []) {
    this.#media = media;
    this.#relays = [media, ...others];
    this.#receivers = new NewcomerTraffic(media.clientCounters());
    this.#missedBefore = this.#missedPackets();
    this.#read();
    this.#timer = setInterval(() => this.#read(), READING_INTERVAL_MS);
  }

  /** What a reader of the figures has to know, in words. */
  conditions(): string {
    const busy = busyShare(this.#loadBefore, readProcessorTimes());
    const missed = this.#missedPackets() - this.#missedBefore;
    return [
      `processors ${Math.round(busy * 100)} % busy`,
      ...(missed > 0 ? [`RELAY MISSED ${missed} PACKETS`] : []),
    ].join(", ");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #read(): void {
    this.deliveries.note(Date.now(), this.#receivers.read(this.#media.clientCounters()));
  }

  #missedPackets(): number {
    return this.#relays.reduce((sum, relay) => sum + relay.counters().missedPackets, 0);
  }
}
