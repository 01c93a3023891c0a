import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  DownlinkReportSchema,
  LayerDemandSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  Bottleneck,
  StreamQualityUpdateSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  downlinkReportOf,
  layerDemandOf,
  streamQualityOf,
  viewRequestMessage,
} from "./media_control_messages.ts";

Deno.test("views become whole numbers that fit, whatever a page measures", () => {
  const { views } = viewRequestMessage([
    { streamId: "a", width: 640.4, height: NaN },
    { streamId: "b", width: -1, height: 2 ** 40, maxBitrateBps: 500_000.6, focused: true },
  ]);
  assert.deepEqual(views, [
    { streamId: "a", width: 640, height: 0, maxBitrate: 0, focused: false },
    { streamId: "b", width: 0, height: 2 ** 32 - 1, maxBitrate: 500_001, focused: true },
  ]);
});

Deno.test("a demand is what each layer is to be encoded at", () => {
  const demand = create(LayerDemandSchema, {
    layers: [{ spatialLayer: 1, maxBitrate: 900_000, maxTemporalLayer: 2 }],
  });
  assert.deepEqual(layerDemandOf(demand), [
    { spatialLayer: 1, bitrateBps: 900_000, maxTemporalLayer: 2 },
  ]);
});

Deno.test("a downlink report names what keeps each stream from being better", () => {
  const report = downlinkReportOf(create(DownlinkReportSchema, {
    availableBitrate: 1_000_000,
    streams: [{ streamId: "a", bitrate: 400_000, bottleneck: Bottleneck.DOWNLINK }],
  }));
  assert.equal(report.availableBitrateBps, 1_000_000);
  assert.deepEqual(report.streams, [{
    streamId: "a",
    spatialLayer: 0,
    temporalLayer: 0,
    bitrateBps: 400_000,
    paused: false,
    bottleneck: "downlink",
  }]);
});

Deno.test("a bottleneck of a later version is none that is known", () => {
  const update = create(StreamQualityUpdateSchema, { bottleneck: 99 as Bottleneck });
  assert.equal(streamQualityOf("a", update).bottleneck, "none");
});
