import assert from "node:assert/strict";
import { findFaults, type PlanNode, readRanStatement } from "./plan_check.ts";

const rowsOf = (table: string) => table === "meetings" ? 1_000_000 : 7;
const scan = (table: string, rows: number): PlanNode => ({
  "Node Type": "Seq Scan",
  "Relation Name": table,
  "Actual Rows": rows,
  "Actual Loops": 1,
});

Deno.test("a message of auto_explain tells statement, time and plan", () => {
  const plan = scan("meetings", 1);
  const logged = JSON.stringify({ "Query Text": "SELECT 1", "Plan": plan });
  const message = `duration: 1.250 ms  plan:\n${logged}`;
  assert.deepEqual(readRanStatement(message), { text: "SELECT 1", durationMs: 1.25, plan });
  assert.equal(readRanStatement("duration: 1.250 ms"), undefined);
});

Deno.test("only a large table must not be scanned, wherever in the plan", () => {
  const join = (table: string) => ({ "Node Type": "Nested Loop", Plans: [scan(table, 1)] });
  assert.deepEqual(findFaults(join("media_handlers"), rowsOf), []);
  assert.deepEqual(findFaults(join("meetings"), rowsOf), [
    { kind: "seq_scan", what: "Seq Scan on meetings" },
  ]);
});

Deno.test("a page may be sorted, all that it is taken from may not", () => {
  const sort = (rows: number, loops = 1) => ({
    "Node Type": "Incremental Sort",
    Plans: [{ "Node Type": "Index Scan", "Actual Rows": rows, "Actual Loops": loops }],
  });
  assert.deepEqual(findFaults(sort(101), rowsOf), []);
  assert.deepEqual(findFaults(sort(102), rowsOf), [{ kind: "sort", what: "Sort of 102 rows" }]);
  assert.deepEqual(findFaults(sort(51, 2), rowsOf).length, 1, "all loops count");
  const neverRun = { "Node Type": "Sort", Plans: [{ "Node Type": "Index Scan" }] };
  assert.deepEqual(findFaults(neverRun, rowsOf), []);
});
