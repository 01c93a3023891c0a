import assert from "node:assert/strict";
import { MAX_WRONG_TRIES, WRONG_TRIES_WINDOW_MS, WrongTries } from "./wrong_tries.ts";

Deno.test("so many wrong tries are let through in any window, and right ones do not count", () => {
  let nowMs = 0;
  const tries = new WrongTries({ now: () => nowMs });
  const begin = () => tries.begin("somebody");
  for (let i = 0; i < MAX_WRONG_TRIES * 3; i++) {
    const begun = begin();
    assert.ok(typeof begun !== "number");
    begun.wasRight();
  }
  for (let i = 0; i < MAX_WRONG_TRIES; i++) {
    assert.ok(typeof begin() !== "number");
    nowMs++;
  }
  assert.equal(begin(), WRONG_TRIES_WINDOW_MS - MAX_WRONG_TRIES);
  assert.ok(typeof tries.begin("somebody else") !== "number");
  nowMs = WRONG_TRIES_WINDOW_MS;
  assert.ok(typeof begin() !== "number", "the first try has left the window");
  assert.equal(begin(), 1);
});

Deno.test("tries that are still under way count as wrong", () => {
  const tries = new WrongTries({ now: () => 0 });
  const begun = Array.from({ length: 100 }, () => tries.begin("somebody"));
  assert.equal(begun.filter((one) => typeof one !== "number").length, MAX_WRONG_TRIES);
});
