import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { Publication } from "./publication.ts";
import type { Subscription } from "./subscription.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const { videoKey, videoDelta } = FrameType;

function start(type = StreamType.VIDEO_CAMERA) {
  const clock = new ManualClock();
  const asked: number[] = [];
  let wishes = 0;
  const publication = new Publication({
    streamId,
    publisherId: crypto.randomUUID(),
    type,
    clock,
    requestKeyFrame: (layer) => asked.push(layer),
    onWishesChanged: () => wishes++,
  });
  /** A subscription that listens to the layers of `mask` and notes what it is told. */
  const subscribe = (mask?: number) => {
    const received: string[] = [];
    const subscription: Subscription = {
      offer: ({ header }) => void received.push(`${header.spatialLayer}:${header.sequence}`),
      layersChanged: () =>
        void received.push(
          `layers ${publication.layers.map(({ spatialLayer }) => spatialLayer).join()}`,
        ),
      setOptions: () => {},
      end: () => void received.push("end"),
      wish: undefined,
      rttMs: undefined,
    };
    publication.addSubscription(subscription);
    if (mask !== undefined) publication.listen(subscription, mask);
    return { subscription, received };
  };
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
  return { clock, publication, subscribe, asked, open, wishes: () => wishes };
}

Deno.test("frames before the first key frame are not forwarded, and one is asked for", () => {
  const t = start();
  const { received } = t.subscribe(1);
  const layer = t.open(0);
  layer.send(0);
  layer.send(1, videoKey);
  layer.send(2);
  deepStrictEqual(received, ["layers 0", "0:1", "0:2"]);
  deepStrictEqual(t.asked, [0]);
});

Deno.test("a frame goes to those who listen to its layer, and to nobody else", () => {
  const t = start();
  const low = t.subscribe(0b01);
  const both = t.subscribe(0b11);
  t.open(0).send(0, videoKey);
  t.open(1).send(7, videoKey);
  deepStrictEqual(low.received, ["layers 0", "0:0", "layers 0,1"]);
  deepStrictEqual(both.received, ["layers 0", "0:0", "layers 0,1", "1:7"]);
});

Deno.test("everyone is told that a layer ended", () => {
  const t = start();
  const { received } = t.subscribe(0);
  const layer = t.open(2);
  layer.send(0, videoKey);
  layer.end();
  deepStrictEqual(received, ["layers 2", "layers "]);
});

Deno.test("a new stream of a layer supersedes the older one", () => {
  const t = start();
  const { received } = t.subscribe(1);
  const older = t.open(0);
  older.send(0, videoKey);
  const newer = t.open(0);
  strictEqual(older.isOver(), true);
  older.send(1);
  older.end();
  newer.send(2, videoKey);
  deepStrictEqual(received, ["layers 0", "0:0", "layers ", "layers 0", "0:2"]);
  strictEqual(newer.isOver(), false);
});

Deno.test("the end of a publication ends its readers and subscriptions", () => {
  const t = start();
  const { subscription, received } = t.subscribe(1);
  const layer = t.open(0);
  t.publication.end();
  layer.send(0, videoKey);
  t.publication.listen(subscription, 1);
  strictEqual(layer.isOver(), true);
  deepStrictEqual(received.at(-1), "end");
  strictEqual(t.publication.subscriptions.length, 0);
});

Deno.test("what a removed subscription listened to is forgotten", () => {
  const t = start();
  const { subscription, received } = t.subscribe(1);
  t.publication.removeSubscription(subscription);
  t.open(0).send(0, videoKey);
  deepStrictEqual(received, []);
});

Deno.test("sound goes to every subscription", () => {
  const t = start(StreamType.AUDIO);
  const { received } = t.subscribe();
  t.open(0).send(5, FrameType.audio);
  deepStrictEqual(received, ["0:5"]);
});

Deno.test("wishes change when a subscription comes, goes or says so", () => {
  const t = start();
  const { subscription } = t.subscribe(1);
  t.publication.wishChanged();
  t.publication.removeSubscription(subscription);
  strictEqual(t.wishes(), 3);
});

Deno.test("the ladder is kept from the smallest layer up, and told", () => {
  const t = start();
  const { received } = t.subscribe(1);
  const layer = (spatialLayer: number) => ({
    spatialLayer,
    layerId: `${spatialLayer}`,
    width: 0,
    height: 0,
    minBitrateBps: 1,
    maxBitrateBps: 2,
  });
  t.publication.ladder = [layer(1), layer(0)];
  deepStrictEqual(t.publication.ladder.map(({ spatialLayer }) => spatialLayer), [0, 1]);
  deepStrictEqual(received, ["layers "]);
  strictEqual(t.publication.hasLadder([layer(0), layer(1)]), true);
  strictEqual(t.publication.hasLadder([layer(1), layer(0)]), true);
  strictEqual(t.publication.hasLadder([layer(1)]), false);
});

Deno.test("a silenced stream has no layers, and each begins anew with a key frame", () => {
  const t = start();
  const { received } = t.subscribe(0b11);
  const [low, high] = [t.open(0), t.open(1)];
  low.send(0, videoKey);
  high.send(0, videoKey);
  received.length = 0;
  t.publication.silenced = true;
  low.send(1, videoKey);
  deepStrictEqual(t.publication.startingGroup(0, -Infinity), []);
  strictEqual(t.publication.meter.framesSilenced, 1);
  t.publication.silenced = false;
  deepStrictEqual(t.asked, [0, 1]);
  low.send(2);
  low.send(3, videoKey);
  deepStrictEqual(received, ["layers ", "layers 0", "0:3"]);
});

Deno.test("what came before the silence is of no use to anyone who comes in it", () => {
  const t = start();
  const layer = t.open(0);
  layer.send(0, videoKey);
  t.publication.silenced = true;
  t.clock.advance(10_000);
  const { subscription, received } = t.subscribe(1);
  t.publication.requestKeyFrame(0);
  deepStrictEqual([t.publication.startingGroup(0, -Infinity), received, t.asked], [[], [], []]);
  t.publication.removeSubscription(subscription);
});
