import assert from "node:assert/strict";
import { ChaosOptionsError, parseChaosOptions } from "./chaos_options.ts";

Deno.test("without arguments there are both parts, as long as promised", () => {
  assert.deepEqual(parseChaosOptions([], 7), {
    parts: ["recovery", "run"],
    seed: 7,
    minutes: 10,
    kills: 20,
  });
});

Deno.test("a part, a seed and a length can be chosen", () => {
  const args = ["--part", "run", "--seed", "12", "--minutes", "0.5", "--kills", "3"];
  assert.deepEqual(parseChaosOptions(args, 7), {
    parts: ["run"],
    seed: 12,
    minutes: 0.5,
    kills: 3,
  });
});

Deno.test("what makes no sense is refused, with how it is meant", () => {
  for (
    const args of [
      ["--part", "walk"],
      ["--seed", "-1"],
      ["--seed", "4294967296"],
      ["--minutes", "0"],
      ["--minutes", "31"],
      ["--kills", "1.5"],
      ["--speed", "9"],
      ["quickly"],
    ]
  ) assert.throws(() => parseChaosOptions(args, 7), ChaosOptionsError, args.join(" "));
});
