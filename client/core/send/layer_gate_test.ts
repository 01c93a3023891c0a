import assert from "node:assert/strict";
import {
  BASE_ONLY_QUEUE_MS,
  LayerGate,
  type LayerPath,
  QUEUE_WORTH_LEAVING_OUT_MS,
  STALL_PROBE_MS,
  STOP_AGE_MS,
  STOP_QUEUE_MS,
} from "./layer_gate.ts";

const CLEAR: LayerPath = {
  state: "clear",
  queueingDelayMs: 0,
  baseRttMs: 50,
  oldestAgeMs: 30,
  bytesInFlight: 1_000,
};
const KEY = { keyFrame: true, temporalLayer: 0 };

function delta(temporalLayer = 0) {
  return { keyFrame: false, temporalLayer };
}

/** A gate that has seen a key frame and all three temporal layers. */
function running(): LayerGate {
  const gate = new LayerGate();
  for (const frame of [KEY, delta(2), delta(1), delta(2)]) gate.admit(frame, CLEAR, 0);
  return gate;
}

function admitted(gate: LayerGate, path: LayerPath) {
  return [0, 2, 1, 2].map((layer) => gate.admit(delta(layer), path, 100));
}

Deno.test("a layer begins at a key frame", () => {
  const gate = new LayerGate();
  assert.equal(gate.admit(delta(), CLEAR, 0), false);
  assert.equal(gate.needsKeyFrame, true);
  assert.equal(gate.admit(KEY, CLEAR, 0), true);
  assert.equal(gate.admit(delta(), CLEAR, 0), true);
});

Deno.test("as soon as frames queue the top temporal layer is left out", () => {
  const queueing: LayerPath = {
    ...CLEAR,
    state: "queueing",
    queueingDelayMs: QUEUE_WORTH_LEAVING_OUT_MS,
  };
  assert.deepEqual(admitted(running(), queueing), [true, false, true, false]);
});

Deno.test("a queue of a fraction of a frame costs no frame", () => {
  const queueing: LayerPath = {
    ...CLEAR,
    state: "queueing",
    queueingDelayMs: QUEUE_WORTH_LEAVING_OUT_MS - 1,
  };
  assert.deepEqual(admitted(running(), queueing), [true, true, true, true]);
});

Deno.test("in a longer queue the base layer alone goes on", () => {
  const queueing: LayerPath = { ...CLEAR, state: "queueing", queueingDelayMs: BASE_ONLY_QUEUE_MS };
  assert.deepEqual(admitted(running(), queueing), [true, false, false, false]);
});

Deno.test("a stream without temporal layers loses no frame to a short queue", () => {
  const gate = new LayerGate();
  gate.admit(KEY, CLEAR, 0);
  const queueing: LayerPath = { ...CLEAR, state: "queueing", queueingDelayMs: BASE_ONLY_QUEUE_MS };
  assert.equal(gate.admit(delta(), queueing, 33), true);
});

Deno.test("a layer stops when the path is blocked, its queue is long, or nothing is reported", () => {
  const bad: Partial<LayerPath>[] = [
    { state: "blocked" },
    { state: "queueing", queueingDelayMs: STOP_QUEUE_MS },
    { oldestAgeMs: 2 * CLEAR.baseRttMs! + STOP_AGE_MS + 1 },
  ];
  for (const path of bad) {
    const gate = running();
    assert.equal(gate.admit(delta(), { ...CLEAR, ...path }, 100), false);
    assert.equal(gate.stopped, true);
  }
});

Deno.test("a stopped layer goes on at a key frame once the path is clear", () => {
  const gate = running();
  gate.admit(delta(), { ...CLEAR, state: "blocked" }, 100);
  const queueing: LayerPath = { ...CLEAR, state: "queueing", queueingDelayMs: BASE_ONLY_QUEUE_MS };
  assert.equal(gate.update(queueing, 150), false);
  assert.equal(gate.update(CLEAR, 200), true);
  assert.equal(gate.admit(delta(), CLEAR, 210), false);
  assert.equal(gate.admit(KEY, CLEAR, 220), true);
});

Deno.test("a stop that lasts lets one key frame through, since reports may have got lost", () => {
  const gate = running();
  const blocked: LayerPath = { ...CLEAR, state: "blocked" };
  gate.admit(delta(), blocked, 100);
  assert.equal(gate.update(blocked, 100 + STALL_PROBE_MS - 1), false);
  assert.equal(gate.update(blocked, 100 + STALL_PROBE_MS), true);
  assert.equal(gate.admit(KEY, blocked, 100 + STALL_PROBE_MS), true);
  assert.equal(gate.admit(delta(), blocked, 133 + STALL_PROBE_MS), false);
  assert.equal(gate.stopped, true);
});

Deno.test("a frame lost before the wire calls for a key frame", () => {
  const gate = running();
  gate.broken();
  assert.equal(gate.needsKeyFrame, true);
  assert.equal(gate.admit(delta(), CLEAR, 100), false);
});
