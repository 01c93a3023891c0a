import assert from "node:assert/strict";
import { HandshakePenalties, PENALTY_MS } from "./handshake_penalties.ts";

function start() {
  let nowMs = 0;
  const penalties = new HandshakePenalties(() => nowMs);
  return { penalties, pass: (ms: number) => void (nowMs += ms) };
}

Deno.test("each failed handshake doubles the time that the next is held back, to 90 s", () => {
  const { penalties } = start();
  const delaysMs = Array.from({ length: 16 }, () => {
    const { heldBackMs } = penalties;
    penalties.failed();
    return heldBackMs;
  });
  assert.deepEqual(delaysMs.slice(0, 6), [0, 15, 30, 60, 120, 240]);
  assert.deepEqual(delaysMs.slice(-2), [90_000, 90_000]);
});

Deno.test("a failed handshake is forgotten after five minutes", () => {
  const { penalties, pass } = start();
  penalties.failed();
  pass(PENALTY_MS - 1);
  penalties.failed();
  assert.equal(penalties.heldBackMs, 30);
  pass(1);
  assert.equal(penalties.heldBackMs, 15);
  pass(PENALTY_MS);
  assert.equal(penalties.heldBackMs, 0);
});
