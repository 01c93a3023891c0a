import assert from "node:assert/strict";
import { addressKey, AddressLimiter, plainAddress } from "./address_limiter.ts";

Deno.test("an address enters up to its limit, and again when one has left", () => {
  const limiter = new AddressLimiter(2);
  const leave = limiter.enter("192.0.2.1");
  assert(leave && limiter.enter("192.0.2.1"));
  assert.equal(limiter.enter("192.0.2.1"), undefined);
  assert(limiter.enter("192.0.2.2"), "another address is not concerned");
  leave();
  leave();
  assert(limiter.enter("192.0.2.1"));
  assert.equal(limiter.enter("192.0.2.1"), undefined, "leaving twice counts once");
});

Deno.test("addresses that have gone are forgotten", () => {
  const limiter = new AddressLimiter(2);
  const leaves = Array.from({ length: 100 }, (_, host) => limiter.enter(`192.0.2.${host}`)!);
  assert.equal(limiter.size, 100);
  for (const leave of leaves) leave();
  assert.equal(limiter.size, 0);
});

Deno.test("a /64 of IPv6 is one address, however it is written", () => {
  const key = addressKey("2001:db8:1:2::5");
  assert.equal(key, "2001:db8:1:2::/64");
  assert.equal(addressKey("2001:0DB8:0001:0002:ffff:1:2:3"), key);
  assert.notEqual(addressKey("2001:db8:1:3::5"), key);
  assert.equal(addressKey("::1"), "0:0:0:0::/64");
  assert.equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(addressKey("2001:db8::1:2:3:4:5"), "2001:db8:0:1::/64");
});

Deno.test("IPv4 over an IPv6 socket is IPv4", () => {
  assert.equal(plainAddress("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
});
