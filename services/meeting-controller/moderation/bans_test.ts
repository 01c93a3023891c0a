import assert from "node:assert/strict";
import { Refusal } from "../meeting/refusal.ts";
import { stagedIdentity } from "../testing/context_stage.ts";
import { banOf, Bans, concerns, MAX_BANS } from "./bans.ts";

const person = { userId: crypto.randomUUID(), userReference: "crm-17", guestId: "g1" };

Deno.test("a banned person is known by each of what is known of the person", () => {
  const identity = stagedIdentity(person);
  const bans = new Bans([banOf(identity, "Mallory")]);
  assert.ok(bans.has(identity));
  for (const [name, value] of Object.entries(person)) {
    assert.ok(bans.has(stagedIdentity({ [name]: value })), name);
  }
});

Deno.test("a ban of somebody of whom nothing is known bans nobody else", () => {
  const ban = banOf(stagedIdentity(), "Mallory");
  assert.equal(new Bans([ban]).has(stagedIdentity()), false);
  assert.equal(new Bans([ban]).hasNetworkOf(stagedIdentity()), false);
  assert.equal(concerns(ban, stagedIdentity()), false);
});

Deno.test("who comes from a banned guest's network is not banned, but known", () => {
  const bans = new Bans([]);
  bans.add(banOf(stagedIdentity({ network: "n1" }), "Mallory"));
  const neighbour = stagedIdentity({ network: "n1" });
  assert.deepEqual([bans.has(neighbour), bans.hasNetworkOf(neighbour)], [false, true]);
});

Deno.test("bans have a bound", () => {
  const bans = new Bans([]);
  for (let i = 0; i < MAX_BANS; i++) {
    bans.checkRoom();
    bans.add(banOf(stagedIdentity(), "Mallory"));
  }
  assert.throws(() => bans.checkRoom(), Refusal);
});
