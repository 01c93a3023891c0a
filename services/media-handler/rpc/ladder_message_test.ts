import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  StreamMetadataSchema,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readLadder } from "./ladder_message.ts";

const { VIDEO_CAMERA, VIDEO_SCREEN, AUDIO } = StreamType;
const read = (metadata: MessageInitShape<typeof StreamMetadataSchema>, type = VIDEO_CAMERA) =>
  readLadder(create(StreamMetadataSchema, metadata), type);

Deno.test("announced layers are taken as they are", () => {
  const layer = { spatialLayer: 1, layerId: "medium", width: 640, height: 360 };
  const simulcastLayers = [{ ...layer, minBitrate: 150_000, maxBitrate: 900_000 }];
  deepStrictEqual(read({ video: { simulcastLayers } }), [
    { ...layer, minBitrateBps: 150_000, maxBitrateBps: 900_000 },
  ]);
});

Deno.test("a stream without simulcast has one layer, of its own size and rate", () => {
  const video = { width: 640, height: 360 };
  const rates = { minBitrateBps: 50_000, maxBitrateBps: 1_000_000 };
  deepStrictEqual(read({ maxBitrate: 1_000_000, video }), [
    { spatialLayer: 0, layerId: "", ...video, ...rates },
  ]);
  strictEqual(read({ video })![0]!.maxBitrateBps, 2_500_000);
  strictEqual(read({ video }, VIDEO_SCREEN)![0]!.maxBitrateBps, 3_000_000);
});

Deno.test("a highest rate below the usual lowest one bounds it", () => {
  const [layer] = read({ maxBitrate: 30_000, video: {} })!;
  deepStrictEqual([layer!.minBitrateBps, layer!.maxBitrateBps], [30_000, 30_000]);
});

Deno.test("nothing is known of a stream without metadata, or of sound", () => {
  strictEqual(readLadder(undefined, VIDEO_CAMERA), undefined);
  strictEqual(read({ codec: "opus" }, AUDIO), undefined);
});

Deno.test("what cannot be a layer is left out", () => {
  const simulcastLayers = [{ spatialLayer: 0 }, { spatialLayer: 0 }, { spatialLayer: 9 }];
  strictEqual(read({ video: { simulcastLayers } })!.length, 1);
});
