import assert from "node:assert/strict";
import { SuiteArgumentsError } from "../suite.ts";
import { API_PARTS, parseApiOptions } from "./api_options.ts";

Deno.test("without arguments all parts are measured, with a million meetings", () => {
  assert.deepEqual(parseApiOptions([]), { parts: API_PARTS, meetings: 1_000_000 });
});

Deno.test("parts run in the suite's order, whatever the argument's", () => {
  assert.deepEqual(parseApiOptions(["--only=plans,latency"]).parts, ["latency", "plans"]);
});

Deno.test("what the suite does not understand is refused", () => {
  for (const arg of ["--only=speed", "--only=", "--meetings=9", "--meetings=2e6", "--fast"]) {
    assert.throws(() => parseApiOptions([arg]), SuiteArgumentsError, arg);
  }
});
