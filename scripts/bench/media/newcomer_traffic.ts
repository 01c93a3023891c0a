import type { ClientCounters } from "../../../services/stack/network/udp_relay.ts";

/** What of a relay's counters says how much a client received. */
export type Received = Pick<ClientCounters, "address"> & {
  readonly down: Pick<ClientCounters["down"], "deliveredBytes">;
};

/**
 * Adds up what clients received that came after others. A relay forgets a client that has been silent;
 * what that received still counts.
 */
export class NewcomerTraffic {
  readonly #present: ReadonlySet<string>;
  readonly #bytes = new Map<string, number>();

  /** @param present the clients that do not count. */
  constructor(present: readonly Pick<Received, "address">[]) {
    this.#present = new Set(present.map(({ address }) => address));
  }

  /** Takes the counters as they are now; bytes that all newcomers together have received so far. */
  read(clients: readonly Received[]): number {
    for (const { address, down } of clients) {
      if (!this.#present.has(address)) this.#bytes.set(address, down.deliveredBytes);
    }
    return this.#bytes.values().reduce((sum, bytes) => sum + bytes, 0);
  }
}
