import assert from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MediaTelemetrySchema } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  Bottleneck,
  MediaStreamSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MIN_QUALITY_INTERVAL_MS, StreamQualityNews } from "./stream_quality_news.ts";

type Figures = MessageInitShape<typeof MediaTelemetrySchema>;

function start() {
  const news = new StreamQualityNews();
  const stream = create(MediaStreamSchema, { streamId: "camera" });
  let nowMs = 0;
  return (figures: Figures, afterMs = MIN_QUALITY_INTERVAL_MS) => {
    nowMs += afterMs;
    const usual = { streamId: "camera", rttMs: 40, bitrate: 1_000_000, packetLoss: 0 };
    return news.news(stream, create(MediaTelemetrySchema, { ...usual, ...figures }), nowMs);
  };
}

Deno.test("the first measurement is told whole", () => {
  const measure = start();
  const figures = {
    packetLoss: 0.25,
    rttMs: 41,
    jitterMs: 3,
    bitrate: 900_000,
    availableBitrate: 1_200_000,
    bottleneck: Bottleneck.UPLINK,
  };
  const { $typeName: _, $unknown: _unknown, ...told } = measure(figures)!;
  assert.deepEqual(told, { streamId: "camera", ...figures });
});

Deno.test("what has hardly changed is not told", () => {
  const measure = start();
  measure({});
  assert.equal(measure({ rttMs: 45, bitrate: 1_100_000, packetLoss: 0.005 }), undefined);
});

const NEWS: Record<string, Figures> = {
  "loss": { packetLoss: 0.02 },
  "a longer way": { rttMs: 60 },
  "jitter": { jitterMs: 15 },
  "half the rate": { bitrate: 500_000 },
  "a known capacity": { availableBitrate: 700_000 },
  "another bottleneck": { bottleneck: Bottleneck.DOWNLINK },
};
for (const [name, figures] of Object.entries(NEWS)) {
  Deno.test(`${name} is worth telling`, () => {
    const measure = start();
    measure({});
    assert.ok(measure(figures) !== undefined);
  });
}

Deno.test("a slow change is told once it adds up", () => {
  const measure = start();
  measure({});
  assert.equal(measure({ bitrate: 850_000 }), undefined);
  assert.ok(measure({ bitrate: 740_000 }) !== undefined);
});

Deno.test("nothing is told more often than the media handler measures", () => {
  const measure = start();
  measure({});
  assert.equal(measure({ packetLoss: 0.5 }, 1_000), undefined);
  assert.ok(measure({ packetLoss: 0.5 }, 900) !== undefined);
});
