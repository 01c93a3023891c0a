import assert from "node:assert/strict";
import { JoinOrigins } from "./join_origins.ts";

const SECRET = "a secret of at least thirty-two characters";
const MEETING = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";

Deno.test("a browser and a network have one name in a meeting, and another in the next", () => {
  const origins = new JoinOrigins(SECRET);
  const here = origins.of(MEETING, "192.0.2.1", "cookie");
  assert.deepEqual(new JoinOrigins(SECRET).of(MEETING, "192.0.2.1", "cookie"), here);
  const there = origins.of(OTHER, "192.0.2.1", "cookie");
  assert.notEqual(there.guestId, here.guestId);
  assert.notEqual(there.network, here.network);
  assert.notEqual(origins.of(MEETING, "cookie").network, here.guestId, "kinds are kept apart");
});

Deno.test("the names hold neither the cookie nor the address, and depend on the secret", () => {
  const { guestId, network } = new JoinOrigins(SECRET).of(MEETING, "192.0.2.1", "cookie");
  for (const name of [guestId, network]) assert.match(name!, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(new JoinOrigins(SECRET + "!").of(MEETING, "192.0.2.1").network, network);
});

Deno.test("who shows nothing has no name", () => {
  assert.deepEqual(new JoinOrigins(SECRET).of(MEETING, ""), {});
});
