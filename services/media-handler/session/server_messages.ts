import type { LayerTarget } from "../demand/layer_assignment.ts";
import type { Speaker } from "../speakers/active_speakers.ts";
import type { ServerMessage } from "./control_stream.ts";

/** Tells a publisher which layers of a stream are wanted. */
export function layerDemandMessage(
  streamId: string,
  targets: readonly LayerTarget[],
): ServerMessage {
  const layers = targets.map(({ spatialLayer, maxBitrateBps, maxTemporalLayer }) => ({
    spatialLayer,
    maxBitrate: maxBitrateBps,
    maxTemporalLayer,
  }));
  return { case: "layerDemand", value: { streamId, layers } };
}

/** Tells a client who speaks. */
export function activeSpeakersMessage(speakers: readonly Speaker[]): ServerMessage {
  return { case: "activeSpeakers", value: { speakers: [...speakers] } };
}
