import assert from "node:assert/strict";
import { GroupStore, MAXIMUM_STORED_BYTES, MAXIMUM_STORED_FRAMES } from "./group_store.ts";
import type { ReceivedFrame } from "./received_frame.ts";

function frame(sequence: number, keyFrame: boolean, bytes = 10): ReceivedFrame {
  return {
    sequence,
    keyFrame,
    timestampUs: sequence * 33_333,
    data: new Uint8Array(bytes),
    spatialLayer: 0,
    temporalLayer: 0,
  };
}

Deno.test("a group is kept from its key frame on and handed out once", () => {
  const store = new GroupStore();
  [frame(0, false), frame(1, true), frame(2, false)].forEach((each) => store.add(each));
  assert.deepEqual(store.take().map((each) => each.sequence), [1, 2]);
  assert.deepEqual(store.take(), []);
});

Deno.test("a new key frame replaces the group before", () => {
  const store = new GroupStore();
  [frame(1, true), frame(2, false), frame(3, true)].forEach((each) => store.add(each));
  assert.deepEqual(store.take().map((each) => each.sequence), [3]);
});

Deno.test("a group with too many frames is dropped whole until the next key frame", () => {
  const store = new GroupStore();
  store.add(frame(0, true));
  for (let i = 1; i <= MAXIMUM_STORED_FRAMES + 5; i++) store.add(frame(i, false));
  assert.deepEqual(store.take(), []);
});

Deno.test("a group with too many bytes is dropped whole", () => {
  const store = new GroupStore();
  store.add(frame(0, true, MAXIMUM_STORED_BYTES));
  store.add(frame(1, false));
  assert.deepEqual(store.take(), []);
});
