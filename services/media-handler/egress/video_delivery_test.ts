import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FALL_PATIENCE_MS } from "../congestion/layer_selection.ts";
import { MAX_VIDEO_BYTES_IN_FLIGHT } from "../limits.ts";
import { Publication } from "../routing/publication.ts";
import type { PublicationOptions } from "../routing/publication.ts";
import type { Subscription } from "../routing/subscription.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { TestPath } from "../testing/test_path.ts";
import { SubscriberPath } from "./subscriber_path.ts";
import { VideoDelivery } from "./video_delivery.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const FRAME_MS = 1_000 / 30;
/** Temporal layers and reference distances of L1T3. */
const TEMPORAL_LAYERS = [0, 2, 1, 2];
const DISTANCES = [4, 1, 2, 1];

/** A delivery on a real path, with its publication, and the wire in the test's hands. */
function start(options: { groupsSinceMs?: number; patienceMs?: number } = {}) {
  const clock = new ManualClock();
  const wire = new TestPath();
  const asked: number[] = [];
  const path = new SubscriberPath({ streams: wire, clock, sendDatagram() {} });
  const publicationOptions: PublicationOptions = {
    streamId,
    publisherId: crypto.randomUUID(),
    type: StreamType.VIDEO_CAMERA,
    clock,
    requestKeyFrame: (layer) => asked.push(layer),
  };
  const publication = new Publication(publicationOptions);
  const request = {
    groupsSinceMs: options.groupsSinceMs ?? 0,
    patienceMs: options.patienceMs ?? 300,
  };
  const listener = (): Subscription => subscription;
  const delivery = new VideoDelivery({ feed: publication, request, path, clock, listener });
  const subscription: Subscription = {
    offer(frame, nowMs) {
      path.update(nowMs);
      path.pacer.run(nowMs);
      delivery.offer(frame, nowMs);
    },
    layersChanged: (nowMs) => delivery.select(nowMs, false),
    setOptions() {},
    end: () => delivery.end(),
    wish: undefined,
    rttMs: undefined,
  };
  publication.addSubscription(subscription);
  delivery.setBudget(2_500_000, 0, 2, clock.now());
  return {
    clock,
    wire,
    path,
    publication,
    delivery,
    asked,
    async open() {
      delivery.start(
        await path.streams.open({
          kind: StreamKind.forwardVideo,
          streamId,
          sendOrder: 100,
          onFailure() {},
        }),
      );
      await settle(1);
    },
    /** A layer as its publisher sends it, each call one frame; temporal layers as in L1T3. */
    layer(spatialLayer: number, temporal = false) {
      const published = publication.openLayer(spatialLayer, () => {});
      let sequence = 0;
      let phase = 0;
      return (isKeyFrame = false, payloadLength = 3_954) => {
        if (isKeyFrame) phase = 0;
        const position = phase++ % TEMPORAL_LAYERS.length;
        const sketch = temporal && !isKeyFrame
          ? {
            temporalLayer: TEMPORAL_LAYERS[position]!,
            referenceDistance: DISTANCES[position]!,
          }
          : {};
        const type = isKeyFrame ? FrameType.videoKey : FrameType.videoDelta;
        const frame = makeFrame({
          streamId,
          sequence: sequence++,
          type,
          payloadLength,
          spatialLayer,
          ...sketch,
        });
        published.receive(frame, clock.now());
      };
    },
    /** The receiver reports that all has arrived. */
    report: () => path.report(wire.report(clock.now()), clock.now()),
    names: () => wire.streams[0]?.names ?? [],
  };
}

Deno.test("nothing is sent before the first key frame", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  send();
  deepStrictEqual(t.names(), []);
  send(true);
  send();
  deepStrictEqual(t.names(), ["0:1", "0:2"]);
});

Deno.test("frames that came while the stream was opening come from the group cache", async () => {
  const t = start();
  const send = t.layer(0);
  send(true);
  send();
  await t.open();
  send();
  deepStrictEqual(t.names(), ["0:0", "0:1", "0:2"]);
  deepStrictEqual(t.asked, []);
});

Deno.test("a group from before the join is not sent", async () => {
  const t = start({ groupsSinceMs: 10 });
  const send = t.layer(0);
  send(true);
  t.clock.advance(20);
  await t.open();
  send();
  deepStrictEqual(t.names(), []);
});

Deno.test("a group that the budget does not carry soon is not sent, but a key frame asked for", async () => {
  const t = start({ patienceMs: 0 });
  const send = t.layer(0);
  send(true);
  for (let i = 0; i < 60; i++) send();
  t.delivery.setBudget(400_000, 0, 2, 0);
  await t.open();
  deepStrictEqual(t.names(), []);
  t.clock.advance(0);
  deepStrictEqual(t.asked, [0]);
});

Deno.test("without a group a key frame is asked for after the patience, unless one came", async () => {
  const asks = start({ groupsSinceMs: 1 });
  asks.layer(0)(true);
  await asks.open();
  asks.clock.advance(299);
  deepStrictEqual(asks.asked, []);
  asks.clock.advance(1);
  deepStrictEqual(asks.asked, [0]);
  const waits = start();
  await waits.open();
  waits.clock.advance(299);
  waits.layer(0)(true);
  waits.clock.advance(1_000);
  deepStrictEqual(waits.asked, []);
});

Deno.test("a key frame that does not come is asked for again", async () => {
  const t = start({ groupsSinceMs: 1, patienceMs: 0 });
  const send = t.layer(0);
  send(true);
  await t.open();
  for (let i = 0; i < 75; i++) {
    t.clock.advance(FRAME_MS);
    send();
    t.report();
  }
  deepStrictEqual(t.asked, [0, 0, 0]);
});

Deno.test("a better layer takes over at its key frame, and the old one goes on until then", async () => {
  const t = start();
  t.delivery.setBudget(2_500_000, 0, 0, 0);
  const low = t.layer(0);
  const high = t.layer(1);
  low(true);
  high(true);
  await t.open();
  t.delivery.setBudget(2_500_000, 0, 1, t.clock.now());
  for (let i = 0; i < 20; i++) {
    t.clock.advance(FRAME_MS);
    low(false, 500);
    high(false, 900);
    t.delivery.select(t.clock.now());
    t.report();
  }
  deepStrictEqual(t.asked, [1]);
  ok(t.names().every((name) => name.startsWith("0:")));
  high(true, 900);
  low(false, 500);
  high(false, 900);
  deepStrictEqual(t.names().slice(-2), ["1:21", "1:22"]);
});

Deno.test("the layer that is left over is sent when the better one ends", async () => {
  const t = start();
  const low = t.layer(0);
  low(true);
  const published = t.publication.openLayer(1, () => {});
  const key = { streamId, type: FrameType.videoKey, spatialLayer: 1 };
  published.receive(makeFrame({ ...key, sequence: 0 }), 0);
  await t.open();
  published.end();
  low();
  deepStrictEqual(t.asked, [0]);
  low(true);
  low();
  deepStrictEqual(t.names(), ["1:0", "0:2", "0:3"]);
});

Deno.test("a layer whose sequences are far below those of the other flows on past its key frame", async () => {
  const t = start();
  t.delivery.setBudget(2_500_000, 0, 1, 0);
  const high = t.layer(1);
  high(true);
  await t.open();
  for (let i = 0; i < 400; i++) {
    t.clock.advance(FRAME_MS);
    high(false, 500);
    t.report();
  }
  const low = t.layer(0);
  low(true, 500);
  t.delivery.setBudget(2_500_000, 0, 0, t.clock.now());
  low(true, 500);
  low(false, 500);
  low(false, 500);
  deepStrictEqual(t.names().slice(-3), ["0:1", "0:2", "0:3"]);
});

Deno.test("temporal layers that do not fit are left out, and what is sent can be decoded", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0, true);
  send(true);
  for (let i = 0; i < 30; i++) {
    t.clock.advance(FRAME_MS);
    send();
    t.report();
  }
  // About 970 kbit/s are sent, a quarter of them in base frames.
  const sendFor = (durationMs: number) => {
    for (let ms = 0; ms < durationMs; ms += FRAME_MS) {
      t.clock.advance(FRAME_MS);
      t.delivery.setBudget(300_000, 0, 2, t.clock.now());
      send();
      t.report();
    }
  };
  sendFor(FALL_PATIENCE_MS + FRAME_MS);
  const before = t.names().length;
  sendFor(40 * FRAME_MS);
  const frames = t.wire.streams[0]!.frames.slice(before);
  ok(frames.length <= 12, `${frames.length} frames`);
  ok(frames.every(({ header }) => header.temporalLayer === 0));
});

Deno.test("without bits nothing is sent; with bits it goes on at a key frame", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  send(true);
  t.delivery.setBudget(0, 0, 2, 0);
  send();
  send(true);
  deepStrictEqual(t.names(), ["0:0"]);
  t.clock.advance(1_000);
  t.delivery.setBudget(500_000, 0, 2, t.clock.now());
  deepStrictEqual(t.asked, [0]);
  send();
  send(true);
  send();
  deepStrictEqual(t.names(), ["0:0", "0:4", "0:5"]);
});

Deno.test("a subscriber that falls silent gets nothing until it is heard, then a key frame", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  send(true);
  t.clock.advance(40);
  t.report();
  for (let i = 0; i < 30; i++) {
    t.clock.advance(FRAME_MS);
    send();
  }
  const stoppedAt = t.names().length;
  ok(stoppedAt < 28, `${stoppedAt} frames`);
  t.report();
  t.delivery.select(t.clock.now());
  ok(t.asked.length > 0);
  send();
  for (let i = 0; i < 30; i++) {
    t.clock.advance(FRAME_MS);
    send(i === 10);
    t.report();
  }
  const sequences = t.wire.streams[0]!.frames.map(({ header }) => header.sequence);
  const gap = sequences.findIndex((sequence, index) => sequence !== index);
  const after = sequences.slice(gap);
  ok(after.length >= 15, `${after.length} frames`);
  deepStrictEqual(after, after.map((_, index) => 42 + index));
});

Deno.test("a subscriber that never reports has bounded bytes in flight, for ten minutes", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  for (let second = 0; second < 600; second++) {
    send(true);
    for (let i = 1; i < 30; i++) send();
    t.clock.advance(1_000);
  }
  ok(t.path.bytesInFlight <= MAX_VIDEO_BYTES_IN_FLIGHT);
  ok(t.wire.streams[0]!.bytes <= MAX_VIDEO_BYTES_IN_FLIGHT);
});

Deno.test("a lost last report before a pause does not stop the stream for good", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  send(true);
  t.clock.advance(40);
  t.report();
  send();
  t.clock.advance(60_000);
  for (let i = 0; i < 60; i++) {
    t.clock.advance(FRAME_MS);
    send(t.asked.length > 0 && i % 10 === 0);
  }
  t.report();
  for (let i = 0; i < 30; i++) {
    t.clock.advance(FRAME_MS);
    send(i === 0);
    t.report();
  }
  deepStrictEqual(t.names().slice(-2), ["0:90", "0:91"]);
});

Deno.test("a delivery that ended sends nothing, listens to nothing and leaves no timer", async () => {
  const t = start();
  await t.open();
  const send = t.layer(0);
  t.delivery.end();
  send(true);
  deepStrictEqual(t.names(), []);
  deepStrictEqual([t.wire.streams[0]!.closed, t.clock.pendingTimers], [true, 0]);
});

Deno.test("a delivery that ended while its stream was opening closes it", async () => {
  const t = start();
  t.delivery.end();
  await t.open();
  strictEqual(t.wire.streams[0]!.closed, true);
});
