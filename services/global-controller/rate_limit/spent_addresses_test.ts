import assert from "node:assert/strict";
import { MAX_SPENT_ADDRESSES, SpentAddresses } from "./spent_addresses.ts";

Deno.test("an address is spent for as long as it was marked", () => {
  let nowMs = 0;
  const spent = new SpentAddresses(() => nowMs);
  spent.mark("192.0.2.1", 1_000);
  nowMs = 999;
  assert.deepEqual([spent.has("192.0.2.1"), spent.has("192.0.2.2")], [true, false]);
  nowMs = 1_000;
  assert.equal(spent.has("192.0.2.1"), false);
});

Deno.test("beyond the bound the address that was marked longest ago is forgotten", () => {
  const spent = new SpentAddresses(() => 0);
  for (let index = 0; index <= MAX_SPENT_ADDRESSES; index++) spent.mark(`address ${index}`, 1);
  assert.deepEqual([spent.has("address 0"), spent.has("address 1")], [false, true]);
});
