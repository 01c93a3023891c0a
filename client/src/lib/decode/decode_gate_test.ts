import assert from "node:assert/strict";
import { DecodeGate } from "./decode_gate.ts";

Deno.test("nothing passes before the first key frame", () => {
  const gate = new DecodeGate();
  assert.ok(gate.waiting);
  assert.ok(!gate.admit(4, false));
  assert.ok(gate.admit(5, true));
  assert.ok(!gate.waiting);
  assert.ok(gate.admit(6, false));
});

Deno.test("after a missing frame only a key frame opens the gate again", () => {
  const gate = new DecodeGate();
  gate.admit(0, true);
  assert.ok(!gate.admit(2, false));
  assert.ok(gate.waiting);
  assert.ok(!gate.admit(3, false));
  assert.ok(gate.admit(9, true));
});

Deno.test("a frame that comes twice is left out and breaks nothing", () => {
  const gate = new DecodeGate();
  gate.admit(0, true);
  gate.admit(1, false);
  assert.ok(!gate.admit(1, false));
  assert.ok(gate.admit(2, false));
});

Deno.test("a reset waits for a key frame", () => {
  const gate = new DecodeGate();
  gate.admit(0, true);
  gate.reset();
  assert.ok(!gate.admit(1, false));
});
