import assert from "node:assert/strict";
import { MAX_REFERENCE_DISTANCE } from "../../../proto/media_frame/frame_header.ts";
import { TemporalReferences } from "./temporal_references.ts";

/** Encodes frames of these temporal layers after a key frame; those of `leftOut` are not sent. */
function distances(temporalLayers: number[], leftOut: number[] = []) {
  const references = new TemporalReferences();
  let sequence = 0;
  references.record({ keyFrame: true, temporalLayer: 0 }, sequence++);
  return temporalLayers.map((temporalLayer, index) => {
    const frame = { keyFrame: false, temporalLayer };
    const distance = leftOut.includes(index) ? undefined : references.distance(frame, sequence);
    references.record(frame, distance === undefined ? undefined : sequence++);
    return distance;
  });
}

Deno.test("frames of one temporal layer each depend on the one before", () => {
  assert.deepEqual(distances([0, 0, 0]), [1, 1, 1]);
});

Deno.test("in three temporal layers each depends on the newest of a lower one", () => {
  assert.deepEqual(distances([2, 1, 2, 0, 2, 1, 2, 0]), [1, 2, 1, 4, 1, 2, 1, 4]);
});

Deno.test("numbers count what was sent, so leaving out the top shortens distances", () => {
  assert.deepEqual(distances([2, 1, 2, 0, 1], [0, 2]), [undefined, 1, undefined, 2, 1]);
});

Deno.test("what depends on a frame that was left out must be left out", () => {
  // The middle layer is left out, so the second of the top layer has nothing to stand on.
  assert.deepEqual(distances([2, 1, 2, 0, 2], [1]), [1, undefined, undefined, 2, 1]);
});

Deno.test("after a lost frame of the base layer nothing can be sent", () => {
  assert.deepEqual(distances([0, 2, 1, 0], [0]), Array(4).fill(undefined));
});

Deno.test("a key frame depends on nothing", () => {
  const references = new TemporalReferences();
  assert.equal(references.distance({ keyFrame: true, temporalLayer: 0 }, 7), 0);
});

Deno.test("a reference that is too far back to be named is none", () => {
  const references = new TemporalReferences();
  references.record({ keyFrame: true, temporalLayer: 0 }, 0);
  const frame = { keyFrame: false, temporalLayer: 1 };
  assert.equal(references.distance(frame, MAX_REFERENCE_DISTANCE), MAX_REFERENCE_DISTANCE);
  assert.equal(references.distance(frame, MAX_REFERENCE_DISTANCE + 1), undefined);
});
