import { deepStrictEqual } from "node:assert/strict";
import { piecesOf } from "./fuzz_share.ts";

Deno.test("all processes together do all of a run, each piece once", () => {
  const shares = [0, 1, 2].map((index) =>
    piecesOf({ seed: 7, index, processes: 3 }, 1_050, 100).map(({ seed, count }) => [seed, count])
  );
  deepStrictEqual(shares[1], [[8, 100], [11, 100], [14, 100], [17, 50]]);
  const all = shares.flat().sort(([one], [other]) => one! - other!);
  deepStrictEqual(all.map(([seed]) => seed), [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  deepStrictEqual(all.reduce((sum, [, count]) => sum + count!, 0), 1_050);
});

Deno.test("the first piece of a run is what its seed alone repeats", () => {
  const alone = { index: 0, processes: 1 };
  const [, second] = piecesOf({ seed: 7, ...alone }, 300, 100);
  deepStrictEqual(piecesOf({ seed: second!.seed, ...alone }, 100, 100), [second]);
});

Deno.test("seeds stay numbers of 32 bits", () => {
  const pieces = piecesOf({ seed: 2 ** 32 - 1, index: 0, processes: 1 }, 200, 100);
  deepStrictEqual(pieces.map(({ seed }) => seed), [2 ** 32 - 1, 0]);
});
