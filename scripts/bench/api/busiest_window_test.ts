import assert from "node:assert/strict";
import { busiestWindow, busiestWindowOfTimes } from "./busiest_window.ts";

const request = (sentAtMs: number, answeredAtMs: number) => ({ sentAtMs, answeredAtMs });

Deno.test("requests count together only when all of them lie within the window", () => {
  const requests = [request(0, 50), request(10, 40), request(30, 105), request(99, 104)];
  assert.equal(busiestWindow(requests, 100), 3, "from 10 to 110");
  assert.equal(busiestWindow(requests, 95), 2);
  assert.equal(busiestWindow([], 100), 0);
});

Deno.test("a time leaves the window exactly its length later", () => {
  assert.equal(busiestWindowOfTimes([0, 10, 99], 100), 3);
  assert.equal(busiestWindowOfTimes([0, 10, 100], 100), 2);
  assert.equal(busiestWindowOfTimes([], 100), 0);
});
