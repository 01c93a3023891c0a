import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { Publication } from "./publication.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const { videoKey, videoDelta } = FrameType;

function start() {
  const clock = new ManualClock();
  const asked: number[] = [];
  const publication = new Publication({
    streamId,
    publisherId: crypto.randomUUID(),
    type: StreamType.VIDEO_CAMERA,
    clock,
    requestKeyFrame: (layer) => asked.push(layer),
  });
  const received: string[] = [];
  publication.addSubscription({
    offer: ({ header }) => void received.push(`${header.spatialLayer}:${header.sequence}`),
    restart: () => void received.push("restart"),
    end: () => void received.push("end"),
    rttMs: undefined,
  });
  const open = (spatialLayer: number) => {
    let over = false;
    const layer = publication.openLayer(spatialLayer, () => over = true);
    return {
      ...layer,
      isOver: () => over,
      send: (sequence: number, type: FrameType = videoDelta) =>
        layer.receive(makeFrame({ streamId, sequence, type, spatialLayer }), clock.now()),
    };
  };
  received.length = 0;
  return { publication, received, asked, open };
}

Deno.test("frames before the first key frame are not forwarded, and one is asked for", () => {
  const t = start();
  const layer = t.open(0);
  layer.send(0);
  layer.send(1, videoKey);
  layer.send(2);
  deepStrictEqual(t.received, ["restart", "0:1", "0:2"]);
  deepStrictEqual(t.asked, [0]);
});

Deno.test("a higher layer takes over at its key frame, a lower one when it ends", () => {
  const t = start();
  const low = t.open(0);
  low.send(0, videoKey);
  const high = t.open(1);
  high.send(0);
  low.send(1);
  high.send(1, videoKey);
  low.send(2);
  high.send(2);
  high.end();
  low.send(3);
  deepStrictEqual(t.received, ["restart", "0:0", "0:1", "1:1", "1:2", "restart", "0:3"]);
  deepStrictEqual(t.asked, [1, 0]);
});

Deno.test("a new stream of a layer supersedes the older one", () => {
  const t = start();
  const older = t.open(0);
  older.send(0, videoKey);
  const newer = t.open(0);
  strictEqual(older.isOver(), true);
  older.send(1);
  older.end();
  newer.send(0, videoKey);
  deepStrictEqual(t.received, ["restart", "0:0", "restart", "0:0"]);
  strictEqual(newer.isOver(), false);
});

Deno.test("the end of a publication ends its readers and subscriptions", () => {
  const t = start();
  const layer = t.open(0);
  t.publication.end();
  layer.send(0, videoKey);
  strictEqual(layer.isOver(), true);
  deepStrictEqual(t.received, ["restart", "end"]);
  strictEqual(t.publication.subscriptions.length, 0);
});
