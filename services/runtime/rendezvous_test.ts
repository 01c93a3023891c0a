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

Deno.test("a candidate with more weight wins as much more, and takes from the others alone", () => {
  const weights: Record<string, number> = { [NAMES[0]!]: 4, [NAMES[1]!]: 2 };
  const weighted = (key: string) =>
    rankByRendezvous(key, NAMES, (name) => name, (name) => weights[name] ?? 1)[0]!;
  const shares = Object.groupBy(KEYS, weighted);
  for (const name of NAMES) {
    const share = (shares[name]?.length ?? 0) / KEYS.length;
    const expected = (weights[name] ?? 1) / 8;
    assert.ok(Math.abs(share - expected) < 0.03, `${name} has ${share}, not ${expected}`);
  }
  weights[NAMES[0]!] = 8;
  const before = new Map(KEYS.map((key) => [key, weighted(key)]));
  weights[NAMES[0]!] = 16;
  for (const key of KEYS) {
    const after = weighted(key);
    if (after !== NAMES[0]) assert.equal(after, before.get(key));
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
