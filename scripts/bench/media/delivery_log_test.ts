import assert from "node:assert/strict";
import { DeliveryLog } from "./delivery_log.ts";

function logOf(...readings: readonly (readonly [atMs: number, bytes: number])[]): DeliveryLog {
  const log = new DeliveryLog();
  for (const [atMs, bytes] of readings) log.note(atMs, bytes);
  return log;
}

Deno.test("a rate is the bits between two readings over the time between them", () => {
  assert.equal(logOf([0, 0], [500, 1_000], [1_000, 4_000]).rateBps(500, 1_000), 48_000);
});

Deno.test("between readings the rate is taken as steady", () => {
  assert.equal(logOf([0, 0], [1_000, 1_000]).rateBps(250, 750), 8_000);
});

Deno.test("outside of the readings there is no rate", () => {
  const log = logOf([0, 0], [1_000, 1_000]);
  assert.equal(log.rateBps(500, 1_001), undefined);
  assert.equal(log.rateBps(500, 500), undefined);
});
