import assert from "node:assert/strict";
import { InOrder } from "./in_order.ts";

Deno.test("results keep the order of the calls, whichever work ends first", async () => {
  const order = new InOrder();
  const works = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const seen: string[] = [];
  const outcomes = works.map(({ promise }, i) =>
    order.add(promise, (value) => value * 10).then(
      (value) => seen.push(`${i} ${value}`),
      (error: Error) => seen.push(`${i} ${error.message}`),
    )
  );
  works[3]!.resolve(3);
  works[2]!.reject(new Error("refused"));
  works[1]!.resolve(1);
  works[0]!.resolve(0);
  await Promise.all(outcomes);
  assert.deepEqual(seen, ["0 0", "1 10", "2 refused", "3 30"]);
});
