import type { TestClient } from "../../media-handler/testing/test_client.ts";

/** Datagrams of a flood, and how many are sent between two turns of the event loop. */
const FLOOD_DATAGRAMS = 50_000;
const FLOOD_BURST = 200;
/** How often a steady flood goes on, milliseconds. */
const STEADY_INTERVAL_MS = 10;

/** Sends `datagram` very often, but lets the honest clients of this process have their turns. */
export async function flood(client: TestClient, datagram: Uint8Array): Promise<void> {
  for (let sent = 0; sent < FLOOD_DATAGRAMS; sent += FLOOD_BURST) {
    for (let i = 0; i < FLOOD_BURST; i++) client.sendDatagram(datagram).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Sends what `make` makes, so often in a second, for a time. */
export async function steadyFlood(
  client: TestClient,
  perSecond: number,
  durationMs: number,
  make: (number: number) => Uint8Array,
): Promise<void> {
  const startedAtMs = performance.now();
  let sent = 0;
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAtMs) {
    for (; sent < elapsedMs * perSecond / 1_000; sent++) {
      client.sendDatagram(make(sent)).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, STEADY_INTERVAL_MS));
  }
}
