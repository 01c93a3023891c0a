import assert from "node:assert/strict";
import { failedFigure, figure, formatTable, quantile } from "./figure.ts";

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

Deno.test("what could not be measured meets no aim", () => {
  const row = figure("a", undefined, "ms", "", { atMost: 5 });
  assert.deepEqual([row.value, row.holds], [null, false]);
  assert.equal(figure("a", Number.NaN, "ms", "").value, null);
});

Deno.test("an aim may be a range", () => {
  const range = { atLeast: -45, atMost: 45 };
  assert.equal(figure("a", -46, "ms", "", range).holds, false);
  assert.equal(figure("a", 45, "ms", "", range).holds, true);
  assert.equal(figure("a", 0, "ms", "", range).aim, ">= -45, <= 45");
});

Deno.test("a failed part says why, and holds nothing", () => {
  const row = failedFigure("dip", new Error("no page"));
  assert.deepEqual([row.holds, row.conditions], [false, "failed: no page"]);
});

Deno.test("the table shows WebRTC's values where there are any, and when they were measured", () => {
  const without = figure("a", 1, "ms", "");
  const earlier = figure("b", 1, "ms", "", { webrtc: { value: 157, when: "earlier" } });
  const same = figure("c", 1, "ms", "", { webrtc: { value: 98.76, when: "same run" } });
  assert.ok(!formatTable([without]).includes("WebRTC"));
  assert.match(formatTable([without, earlier]), /157 \(earlier\)/);
  assert.match(formatTable([same]), /98\.8$/);
});
