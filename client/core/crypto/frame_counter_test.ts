import assert from "node:assert/strict";
import { EncryptionError } from "./encryption_error.ts";
import { FrameCounter, MAX_COUNTER } from "./frame_counter.ts";

Deno.test("counters rise from zero", () => {
  const counter = new FrameCounter();
  assert.deepEqual([counter.take(), counter.take(), counter.take()], [0, 1, 2]);
});

Deno.test("after 2^32 counters there is none, and it does not start again", () => {
  const counter = new FrameCounter(MAX_COUNTER);
  assert.equal(counter.take(), MAX_COUNTER);
  for (let i = 0; i < 3; i++) {
    assert.throws(
      () => counter.take(),
      (error) => error instanceof EncryptionError && error.reason === "counter-exhausted",
    );
  }
});
