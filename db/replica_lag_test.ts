import assert from "node:assert/strict";
import { ReplicaLag } from "./replica_lag.ts";

Deno.test("nothing is known before the primary was seen", () => {
  assert.equal(new ReplicaLag().lagMs(0, 1_000n), Infinity);
});

Deno.test("a replica that has all that the primary had is as old as that look", () => {
  const lag = new ReplicaLag();
  lag.primaryAt(1_000, 50n);
  assert.equal(lag.lagMs(1_002, 50n), 2);
  assert.equal(lag.lagMs(1_002, 60n), 2);
});

Deno.test("a replica that is behind is as old as the newest position that it has reached", () => {
  const lag = new ReplicaLag();
  lag.primaryAt(1_000, 50n);
  lag.primaryAt(2_000, 80n);
  lag.primaryAt(3_000, 90n);
  assert.equal(lag.lagMs(3_001, 85n), 1_001);
  assert.equal(lag.lagMs(3_001, 79n), 2_001);
  assert.equal(lag.lagMs(3_001, 49n), Infinity);
});

Deno.test("a primary that writes nothing leaves its replica no older", () => {
  const lag = new ReplicaLag();
  for (const atMs of [1_000, 2_000, 60_000]) lag.primaryAt(atMs, 50n);
  assert.equal(lag.lagMs(60_000, 50n), 0);
});

Deno.test("old positions are forgotten", () => {
  const lag = new ReplicaLag();
  for (let n = 0; n < 100; n++) lag.primaryAt(n * 1_000, BigInt(n));
  assert.equal(lag.lagMs(99_000, 10n), Infinity);
  assert.equal(lag.lagMs(99_000, 90n), 9_000);
});
