import assert from "node:assert/strict";
import { DeliveryKey } from "./delivery_key.ts";
import {
  DELIVERY_KEY_LIFETIME_MS,
  DeliveryKeyRing,
  OLD_DELIVERY_KEY_LIFETIME_MS,
} from "./delivery_key_ring.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";

Deno.test("a delivery key is replaced after five minutes and still opens wraps for half a minute", async () => {
  const time = new SimulatedTime();
  const first = await DeliveryKey.generate();
  const published: DeliveryKey[] = [];
  using ring = new DeliveryKeyRing(first, time, (key) => published.push(key));
  await time.advance(DELIVERY_KEY_LIFETIME_MS - 1);
  assert.equal(ring.current, first);
  await time.advance(1);
  assert.notEqual(ring.current, first);
  assert.deepEqual(published, [ring.current]);
  assert.deepEqual(ring.all, [ring.current, first]);
  await time.advance(OLD_DELIVERY_KEY_LIFETIME_MS);
  assert.deepEqual(ring.all, [ring.current]);
});

Deno.test("a key that cannot be published is not replaced", async () => {
  const time = new SimulatedTime();
  const first = await DeliveryKey.generate();
  using ring = new DeliveryKeyRing(first, time, undefined);
  await time.advance(2 * DELIVERY_KEY_LIFETIME_MS);
  assert.deepEqual(ring.all, [first]);
});

Deno.test("a disposed ring leaves no timer", async () => {
  const time = new SimulatedTime();
  const ring = new DeliveryKeyRing(await DeliveryKey.generate(), time, () => {});
  await time.advance(DELIVERY_KEY_LIFETIME_MS);
  ring[Symbol.dispose]();
  assert.equal(time.timers, 0);
});
