import assert from "node:assert/strict";
import { readReasons, readTestCounts, runStep } from "./step.ts";

Deno.test("the counts are those of the closing line", () => {
  const escape = String.fromCharCode(27);
  assert.deepEqual(
    readTestCounts(`ok | 3 passed\n${escape}[32mok${escape}[0m | 16 passed | 0 failed (915ms)\n`),
    { passed: 16, failed: 0 },
  );
  assert.deepEqual(
    readTestCounts("FAILED | 2 passed (4 steps) | 1 failed | 1 ignored (1s)"),
    { passed: 2, failed: 1 },
  );
  assert.equal(readTestCounts("no tests here"), undefined);
});

Deno.test("the reasons of failed tests are those below the heading of errors", () => {
  const escape = String.fromCharCode(27);
  const heading = `${escape}[0m${escape}[1m ERRORS ${escape}[0m`;
  assert.equal(
    readReasons(`a ... FAILED\n\n${heading}\n\na => x_test.ts:1:1\nerror: boo\n`),
    "a => x_test.ts:1:1\nerror: boo",
  );
  assert.equal(readReasons("ok | 1 passed | 0 failed"), "");
});

Deno.test("a command that ends with an error is a failed step", async () => {
  const result = await runStep({ name: "exit 3", args: ["eval", "Deno.exit(3)"] });
  assert.equal(result.succeeded, false);
});

Deno.test("a test step that runs no test has failed", async () => {
  const result = await runStep({ name: "no test", args: ["eval", "0"], tests: true });
  assert.equal(result.succeeded, false);
});
