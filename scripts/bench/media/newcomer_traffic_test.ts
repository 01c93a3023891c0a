import assert from "node:assert/strict";
import { NewcomerTraffic } from "./newcomer_traffic.ts";

const client = (address: string, deliveredBytes: number) => ({ address, down: { deliveredBytes } });

Deno.test("what the sender receives does not count", () => {
  const traffic = new NewcomerTraffic([client("sender", 10)]);
  assert.equal(traffic.read([client("sender", 500)]), 0);
  assert.equal(traffic.read([client("sender", 900), client("receiver", 40)]), 40);
});

Deno.test("a receiver that comes back from another port goes on, also when the first is forgotten", () => {
  const traffic = new NewcomerTraffic([]);
  assert.equal(traffic.read([client("first", 100)]), 100);
  assert.equal(traffic.read([client("first", 120), client("second", 30)]), 150);
  assert.equal(traffic.read([client("second", 50)]), 170);
});
