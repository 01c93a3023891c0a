import assert from "node:assert/strict";
import { LastingFlag } from "./lasting_flag.ts";

const PATIENCE = { onAfterMs: 3_000, offAfterMs: 5_000 };

/** What counts in each second of these observations, one a second: "x" so, "." not so. */
function counted(observations: string): string {
  const flag = new LastingFlag(PATIENCE);
  return [...observations]
    .map((observed, second) => flag.observe(observed === "x", second * 1_000) ? "x" : ".")
    .join("");
}

Deno.test("what passes soon does not count", () => {
  assert.equal(counted("xxx...xxx..."), "............");
});

Deno.test("what lasts counts from then on", () => {
  assert.equal(counted("..xxxxxx"), ".....xxx");
});

Deno.test("what comes and goes does not count", () => {
  assert.equal(counted("x.x.x.x.x.x."), "............");
});

Deno.test("one better second in many bad ones only delays it", () => {
  assert.equal(counted("xx.xxxxx"), ".....xxx");
});

Deno.test("its end must last too", () => {
  assert.equal(counted("xxxx......."), "...xxxxxx..");
});

Deno.test("a relapse puts the end off", () => {
  assert.equal(counted("xxxx...xx...."), "...xxxxxxxxxx");
});
