import assert from "node:assert/strict";
import { figure, formatTable, quantile } from "./figure.ts";

Deno.test("a figure says whether it holds its aim", () => {
  assert.equal(figure("a", 44.96, "µs", "", { atMost: 45 }).holds, true);
  assert.equal(figure("a", 45.1, "µs", "", { atMost: 45 }).holds, false);
  assert.equal(figure("a", 10, "/s", "", { atLeast: 20 }).holds, false);
  assert.equal(figure("a", 1, "", "").holds, null);
});

Deno.test("quantiles are measured values, not interpolated ones", () => {
  assert.equal(quantile([5, 1, 3], 0.5), 3);
  assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
  assert.equal(quantile([7], 0), 7);
});

Deno.test("the table has one line for each figure", () => {
  const table = formatTable([figure("join", 97, "ms", "warm", { atMost: 120 })]).split("\n");
  assert.equal(table.length, 3);
  assert.match(table[2]!, /^join +97 +ms +<= 120 +yes +warm$/);
});
