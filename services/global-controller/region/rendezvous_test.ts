import assert from "node:assert/strict";
import { rankByRendezvous } from "./rendezvous.ts";

const NAMES = ["https://a:4433", "https://b:4433", "https://c:4433", "https://d:4433"];
const KEYS = Array.from({ length: 4_000 }, (_, index) => `meeting ${index}`);
const winner = (key: string, names: readonly string[]) =>
  rankByRendezvous(key, names, (name) => name)[0]!;

Deno.test("keys spread evenly over the candidates", () => {
  const shares = Object.groupBy(KEYS, (key) => winner(key, NAMES));
  for (const name of NAMES) {
    const share = (shares[name]?.length ?? 0) / KEYS.length;
    assert.ok(Math.abs(share - 0.25) < 0.05, `${name} has ${share}`);
  }
});

Deno.test("the order of the candidates does not matter, and one that goes moves only its own", () => {
  const remaining = NAMES.slice(0, 3);
  for (const key of KEYS) {
    const before = winner(key, NAMES);
    assert.equal(winner(key, NAMES.toReversed()), before);
    if (before !== NAMES[3]) assert.equal(winner(key, remaining), before);
  }
});
