import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { pathAt, roundTripMs } from "./network_profile.ts";
import { parseNetworkProfile } from "./network_profile_text.ts";

Deno.test("a change is in force from its time on, and the last one for ever", () => {
  const profile = parseNetworkProfile("1mbit; @10s 2mbit; @20s 3mbit");
  const rateAt = (elapsedMs: number) => pathAt(profile, elapsedMs).down.rateBps;
  deepStrictEqual(
    [0, 9_999, 10_000, 19_999, 20_000, 1e9].map(rateAt),
    [1, 1, 2, 2, 3, 3].map((mbit) => mbit * 1_000_000),
  );
});

Deno.test("a round trip is the sum of what each direction takes", () => {
  strictEqual(roundTripMs(pathAt(parseNetworkProfile("50ms,down 40ms,jitter 9ms"), 0)), 65);
});
