import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { MAX_CACHED_GROUP_BYTES, MAX_CACHED_GROUP_FRAMES } from "../limits.ts";
import { makeFrame } from "../testing/frames.ts";
import { GroupCache } from "./group_cache.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";

function frame(sequence: number, isKeyFrame = false, payloadLength = 10) {
  const type = isKeyFrame ? FrameType.videoKey : FrameType.videoDelta;
  return makeFrame({ streamId, sequence, type, payloadLength });
}

const sequences = (cache: GroupCache, sinceMs = -Infinity) =>
  cache.group(sinceMs).map(({ header }) => header.sequence);

Deno.test("the cache holds the newest group from its key frame on", () => {
  const cache = new GroupCache();
  cache.add(frame(0), 0);
  deepStrictEqual(sequences(cache), []);
  cache.add(frame(1, true), 1);
  cache.add(frame(2), 2);
  deepStrictEqual(sequences(cache), [1, 2]);
  cache.add(frame(3, true), 3);
  deepStrictEqual(sequences(cache), [3]);
});

Deno.test("a group older than asked for is not given", () => {
  const cache = new GroupCache();
  cache.add(frame(0, true), 100);
  cache.add(frame(1), 200);
  deepStrictEqual(sequences(cache, 100), [0, 1]);
  deepStrictEqual(sequences(cache, 101), []);
});

Deno.test("a group that outgrows its bytes is forgotten until the next key frame", () => {
  const cache = new GroupCache();
  const half = MAX_CACHED_GROUP_BYTES / 2;
  for (let sequence = 0; sequence < 4; sequence++) {
    cache.add(frame(sequence, sequence === 0, half), 0);
  }
  deepStrictEqual(sequences(cache), []);
  strictEqual(cache.bytes, 0);
  cache.add(frame(9, true), 0);
  deepStrictEqual(sequences(cache), [9]);
});

Deno.test("a group that outgrows its frames is forgotten", () => {
  const cache = new GroupCache();
  for (let sequence = 0; sequence <= MAX_CACHED_GROUP_FRAMES; sequence++) {
    cache.add(frame(sequence, sequence === 0, 1), 0);
  }
  deepStrictEqual(sequences(cache), []);
});
