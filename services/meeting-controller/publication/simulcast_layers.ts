import { create } from "@bufbuild/protobuf";
import {
  type SimulcastLayer,
  SimulcastLayerSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readTextField } from "../meeting/identifiers.ts";
import { invalid } from "../meeting/refusal.ts";
import { readPictureSize } from "./picture_size.ts";

/** Longest `layer_id`, characters. */
export const MAX_LAYER_ID_LENGTH = 32;
/** Most spatial layers of one stream. */
export const MAX_SIMULCAST_LAYERS = 4;
/** Highest rate that a layer may name, bits per second. */
export const MAX_LAYER_BITRATE = 100_000_000;

/**
 * The layers in which a stream is encoded, as copies. Their spatial layers are 0, 1 and so on, in
 * any order, and their ids differ.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readSimulcastLayers(layers: readonly SimulcastLayer[]): SimulcastLayer[] {
  if (layers.length > MAX_SIMULCAST_LAYERS) {
    throw invalid(`more than ${MAX_SIMULCAST_LAYERS} simulcast layers`);
  }
  const ids = new Set(layers.map(({ layerId }) => layerId));
  if (ids.size < layers.length) throw invalid("the same layer_id twice");
  const numbers = new Set(layers.map(({ spatialLayer }) => spatialLayer));
  if (numbers.size < layers.length || layers.some((layer) => layer.spatialLayer >= layers.length)) {
    throw invalid("spatial_layer of the simulcast layers is not 0, 1 and so on");
  }
  return layers.map(readLayer);
}

function readLayer(layer: SimulcastLayer): SimulcastLayer {
  const { maxBitrate, minBitrate, spatialLayer } = layer;
  if (maxBitrate > MAX_LAYER_BITRATE) throw invalid(`max_bitrate is above ${MAX_LAYER_BITRATE}`);
  if (minBitrate > (maxBitrate === 0 ? MAX_LAYER_BITRATE : maxBitrate)) {
    throw invalid("min_bitrate is above max_bitrate");
  }
  return create(SimulcastLayerSchema, {
    layerId: readTextField("layer_id", layer.layerId, MAX_LAYER_ID_LENGTH),
    ...readPictureSize(layer),
    maxBitrate,
    minBitrate,
    spatialLayer,
  });
}
