import assert from "node:assert/strict";
import { figure } from "../figure.ts";
import { attempt } from "./attempt.ts";

Deno.test("what was measured is handed on", async () => {
  const figures = [figure("a", 1, "ms", "")];
  assert.deepEqual(await attempt("part", () => {}, () => Promise.resolve(figures)), figures);
});

Deno.test("what failed is a figure that does not hold, and is told at once", async () => {
  const told: string[] = [];
  const failing = () => Promise.reject(new Error("no browser"));
  const [failed] = await attempt("part", (text) => told.push(text), failing);
  assert.equal(failed!.figure, "part");
  assert.equal(failed!.holds, false);
  assert.deepEqual(told, ["part", "part: failed: no browser"]);
});
