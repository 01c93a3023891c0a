import assert from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { SimulcastLayerSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { readSimulcastLayers } from "./simulcast_layers.ts";

const layer = (spatialLayer: number, fields: MessageInitShape<typeof SimulcastLayerSchema> = {}) =>
  create(SimulcastLayerSchema, {
    layerId: ["low", "medium", "high"][spatialLayer] ?? `${spatialLayer}`,
    width: 320,
    height: 180,
    minBitrate: 50_000,
    maxBitrate: 250_000,
    spatialLayer,
    ...fields,
  });

Deno.test("layers are kept as they were announced, in any order", () => {
  const layers = [layer(2), layer(0), layer(1, { minBitrate: 0, maxBitrate: 0 })];
  assert.deepEqual(readSimulcastLayers(layers), layers);
});

const MISTAKES = {
  "five layers": [0, 1, 2, 3, 4].map((number) => layer(number)),
  "a gap between the numbers": [layer(0), layer(2)],
  "the same number twice": [layer(0), layer(0, { layerId: "other" })],
  "the same id twice": [layer(0), layer(1, { layerId: "low" })],
  "an endless id": [layer(0, { layerId: "x".repeat(33) })],
  "an id with control characters": [layer(0, { layerId: "a\u0000" })],
  "a picture as wide as a wall": [layer(0, { width: 20_000 })],
  "a rate that no network has": [layer(0, { maxBitrate: 4_000_000_000 })],
  "a lowest rate above the highest": [layer(0, { minBitrate: 300_000 })],
};
for (const [name, layers] of Object.entries(MISTAKES)) {
  Deno.test(`${name}: refused`, () => {
    assert.throws(() => readSimulcastLayers(layers), Refusal);
  });
}
