import assert from "node:assert/strict";
import { cameraLadder } from "../../../client/src/lib/encode/simulcast_ladder.ts";
import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import {
  KEY_FRAME_FACTOR,
  madeAtMs,
  PICTURES_PER_SECOND,
  SyntheticEncoder,
} from "./synthetic_encoder.ts";

const SEED = 7;
const PICTURE_MS = 1_000 / PICTURES_PER_SECOND;
const LADDER = cameraLadder({ width: 1280, height: 720 });

function onlyLayer(spatialLayer: number, bitrateBps: number): SyntheticEncoder {
  const encoder = new SyntheticEncoder(LADDER, seededRandom(SEED));
  encoder.setTargets(LADDER.map((layer) => ({
    spatialLayer: layer.spatialLayer,
    bitrateBps: layer.spatialLayer === spatialLayer ? bitrateBps : 0,
    maxTemporalLayer: 2,
  })));
  return encoder;
}

function encodeSeconds(encoder: SyntheticEncoder, seconds: number) {
  return Array.from(
    { length: seconds * PICTURES_PER_SECOND },
    (_, index) => encoder.encode(index * PICTURE_MS, index * PICTURE_MS * 1_000),
  ).flat();
}

Deno.test("every layer begins with a key frame", () => {
  const frames = new SyntheticEncoder(LADDER, seededRandom(SEED)).encode(0, 0);
  assert.deepEqual(frames.map(({ spatialLayer, keyFrame }) => [spatialLayer, keyFrame]), [
    [0, true],
    [1, true],
    [2, true],
  ]);
});

Deno.test("a layer that nobody gets is not encoded, and begins again with a key frame", () => {
  const encoder = onlyLayer(1, 500_000);
  assert.deepEqual(encoder.encode(0, 0).map(({ spatialLayer }) => spatialLayer), [1]);
  encoder.setTargets([{ spatialLayer: 1, bitrateBps: 0, maxTemporalLayer: 0 }]);
  assert.deepEqual(encoder.encode(1, 1), []);
  encoder.setTargets([{ spatialLayer: 1, bitrateBps: 500_000, maxTemporalLayer: 2 }]);
  assert.equal(encoder.encode(2, 2)[0]!.keyFrame, true);
});

Deno.test(`the rate is the target, but for key frames (seed ${SEED})`, () => {
  const [, ...deltas] = encodeSeconds(onlyLayer(2, 1_000_000), 20);
  const bytes = deltas.reduce((sum, { data }) => sum + data.length, 0);
  const rateBps = bytes * 8 / (deltas.length / PICTURES_PER_SECOND);
  assert.ok(Math.abs(rateBps / 1_000_000 - 1) < 0.05, String(rateBps));
});

Deno.test("a new target counts from the next picture on", () => {
  const encoder = onlyLayer(2, 2_400_000);
  encodeSeconds(encoder, 1);
  encoder.setTargets([{ spatialLayer: 2, bitrateBps: 600_000, maxTemporalLayer: 2 }]);
  const bytes = encodeSeconds(encoder, 4).reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(Math.abs(bytes * 8 / 4 / 600_000 - 1) < 0.1);
});

Deno.test("temporal layers repeat base, top, middle, top, and only the top is discardable", () => {
  const frames = encodeSeconds(onlyLayer(0, 200_000), 1).slice(0, 5);
  assert.deepEqual(frames.map(({ temporalLayer }) => temporalLayer), [0, 2, 1, 2, 0]);
  assert.deepEqual(frames.map(({ discardable }) => discardable), [false, true, false, true, false]);
});

Deno.test("a key frame on demand is large, and its group begins anew", () => {
  const encoder = onlyLayer(2, 1_200_000);
  encodeSeconds(encoder, 1);
  encoder.requestKeyFrame(2);
  const [key] = encoder.encode(0, 0);
  const [next] = encoder.encode(1, 1);
  assert.equal(key!.keyFrame, true);
  assert.equal(key!.temporalLayer, 0);
  assert.equal(next!.temporalLayer, 2);
  assert.ok(key!.data.length > 5_000 * KEY_FRAME_FACTOR * 0.7);
});

Deno.test("a sender that cannot go on gets key frames, but not one after the other", () => {
  const encoder = onlyLayer(1, 300_000);
  const frames = Array.from({ length: 16 }, (_, index) => {
    return encoder.encode(index * PICTURE_MS, 0, (spatialLayer) => spatialLayer === 1)[0]!;
  });
  const keys = frames.flatMap(({ keyFrame }, index) => keyFrame ? [index] : []);
  assert.deepEqual(keys, [0, 8]);
});

Deno.test("temporal layers that nobody gets are not handed out", () => {
  const encoder = onlyLayer(1, 300_000);
  encoder.setTargets([{ spatialLayer: 1, bitrateBps: 300_000, maxTemporalLayer: 1 }]);
  const frames = encodeSeconds(encoder, 1).slice(0, 4);
  assert.deepEqual(frames.map(({ temporalLayer }) => temporalLayer), [0, 1, 0, 1]);
});

Deno.test("a frame tells when it was made", () => {
  assert.equal(madeAtMs(onlyLayer(0, 50_000).encode(1234.5, 0)[0]!.data), 1234.5);
});
