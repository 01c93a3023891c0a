import assert from "node:assert/strict";
import { SuiteArgumentsError } from "../suite.ts";
import { parseSignalingParts, SIGNALING_PARTS } from "./signaling_options.ts";

Deno.test("without arguments all parts are measured", () => {
  assert.deepEqual(parseSignalingParts([]), SIGNALING_PARTS);
});

Deno.test("parts run in the suite's order, however they are named", () => {
  assert.deepEqual(parseSignalingParts(["--part", "joins", "--part=latency"]), [
    "latency",
    "joins",
  ]);
});

Deno.test("what the suite does not understand is refused", () => {
  for (const args of [["--part"], ["--part", "speed"], ["--part="], ["--fast"], ["joins"]]) {
    assert.throws(() => parseSignalingParts(args), SuiteArgumentsError, args.join(" "));
  }
});
