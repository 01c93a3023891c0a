import assert from "node:assert/strict";
import { AudioLevels } from "./audio_levels.ts";

Deno.test("who speaks is reported with the loudest of the last packets", () => {
  let now = 0;
  const levels = new AudioLevels(() => now);
  levels.observe("ada", 60);
  now = 20;
  levels.observe("ada", 10);
  now = 40;
  levels.observe("ada", 60);
  levels.observe("ben", 35);
  assert.deepEqual(levels.report(), new Map([["ada", 1], ["ben", 0.5]]));
});

Deno.test("who is no longer heard goes, and the last report says so once", () => {
  let now = 0;
  const levels = new AudioLevels(() => now);
  assert.equal(levels.report(), undefined);
  levels.observe("ada", 20);
  levels.report();
  now = 300;
  assert.deepEqual(levels.report(), new Map());
  assert.equal(levels.report(), undefined);
});
