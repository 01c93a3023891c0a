import assert from "node:assert/strict";
import { deviceProblemOf } from "./device_problem.ts";

Deno.test("each refusal of the browser has its word", () => {
  const problem = (name: string) => deviceProblemOf(new DOMException("", name));
  assert.equal(problem("NotAllowedError"), "denied");
  assert.equal(problem("NotFoundError"), "missing");
  assert.equal(problem("OverconstrainedError"), "missing");
  assert.equal(problem("NotReadableError"), "busy");
  assert.equal(deviceProblemOf(new TypeError("x")), "failed");
  assert.equal(deviceProblemOf(undefined), "failed");
});
