import { deepStrictEqual, match, notDeepStrictEqual, ok, throws } from "node:assert/strict";
import { seededRandom } from "../../services/stack/network/seeded_random.ts";
import { mutate } from "../../proto/testing/byte_mutator.ts";
import { fuzz, FuzzFailure } from "./fuzz_run.ts";
import { FUZZ_TARGETS } from "./targets.ts";

/** `deno task fuzz` runs a million; here a few, for what a change breaks at once. */
const COUNT = 10_000;

const seed = Math.floor(Math.random() * 2 ** 32);
for (const target of FUZZ_TARGETS) {
  Deno.test(`${target.name}: made-up bytes are refused as such, or mean what they say (seed ${seed})`, () => {
    fuzz(target, { seed, count: COUNT });
  });

  Deno.test(`${target.name}: everything in the corpus is understood`, () => {
    ok(target.corpus.length > 0);
    for (const bytes of target.corpus) target.check(bytes.slice());
  });
}

Deno.test("a parser that fails in its own way is found, and its input is told", () => {
  const fragile = {
    name: "fragile",
    corpus: [new Uint8Array([1, 2, 3])],
    check(bytes: Uint8Array) {
      if (bytes.length > 8) throw new TypeError("longer than I thought");
    },
  };
  throws(() => fuzz(fragile, { seed: 1, count: 10_000 }), (error) => {
    ok(error instanceof FuzzFailure);
    match(error.input, /^[0-9a-f]{18,}$/);
    return error.cause instanceof TypeError;
  });
});

Deno.test("the same seed makes the same inputs, another seed others", () => {
  const valid = new Uint8Array(40).map((_, index) => index);
  const inputs = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => mutate(valid, valid, random).toHex());
  };
  deepStrictEqual(inputs(7), inputs(7));
  notDeepStrictEqual(inputs(7), inputs(8));
});
