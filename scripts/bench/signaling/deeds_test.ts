import assert from "node:assert/strict";
import { DEED_KINDS, DEED_SHARES, pickDeed } from "./deeds.ts";

Deno.test("deeds are picked by their shares", () => {
  const steps = 1_000;
  const counts = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const kind = pickDeed(step / steps);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  for (const kind of DEED_KINDS) {
    assert.ok(Math.abs((counts.get(kind) ?? 0) / steps - DEED_SHARES[kind]) < 0.01, kind);
  }
});
