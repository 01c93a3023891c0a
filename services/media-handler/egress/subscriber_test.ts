import { REPORT_INTERVAL_MS } from "../../../proto/media_stream/arrival_report.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { DownlinkReport } from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { Bottleneck, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { DOWNLINK_REPORT_INTERVAL_MS, MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER } from "../limits.ts";
import { Publication } from "../routing/publication.ts";
import type { Subscription, SubscriptionOptions } from "../routing/subscription.ts";
import { makeFrame } from "../testing/frames.ts";
import { CAMERA_LADDER, SHARE_LADDER } from "../testing/ladders.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { TestPath } from "../testing/test_path.ts";
import { AudioBatchTimer } from "./audio_batch_timer.ts";
import { EgressTicker } from "./egress_ticker.ts";
import { Subscriber } from "./subscriber.ts";
import type { StreamViewRequest } from "./stream_view.ts";

/** What a path is presumed to carry before anything is known, less what is kept free. */
const START_BUDGET_BPS = 920_000;

function start() {
  const clock = new ManualClock();
  const wire = new TestPath();
  const reports: DownlinkReport[] = [];
  const refused: (string | undefined)[] = [];
  let wanted = 0;
  const subscriber = new Subscriber({
    streams: wire,
    clock,
    batches: new AudioBatchTimer(clock),
    ticker: new EgressTicker(clock),
    sendDatagram: (bytes) => void wire.datagrams.push(bytes),
    sendDownlinkReport: (report) => void reports.push(report),
    onOpenFailed: (streamId) => void refused.push(streamId),
    wantReports: () => void wanted++,
  });
  const publish = (type: StreamType, options?: SubscriptionOptions) => {
    const streamId = crypto.randomUUID();
    let wishes = 0;
    const publication = new Publication({
      streamId,
      publisherId: crypto.randomUUID(),
      type,
      clock,
      requestKeyFrame() {},
      onWishesChanged: () => wishes++,
    });
    publication.ladder = type === StreamType.VIDEO_SCREEN ? SHARE_LADDER : CAMERA_LADDER;
    const request = { groupsSinceMs: 0, patienceMs: 0, ...(options ? { options } : {}) };
    const subscription: Subscription = subscriber.subscribe(publication, request);
    publication.addSubscription(subscription);
    const layers = new Map<number, ReturnType<Publication["openLayer"]>>();
    let sequence = 0;
    return {
      streamId,
      subscription,
      wishes: () => wishes,
      send(spatialLayer: number, payloadLength: number, isKeyFrame = sequence === 0) {
        const layer = layers.get(spatialLayer) ?? publication.openLayer(spatialLayer, () => {});
        layers.set(spatialLayer, layer);
        const frameType = isKeyFrame ? FrameType.videoKey : FrameType.videoDelta;
        const sketch = { streamId, spatialLayer, payloadLength, type: frameType };
        layer.receive(makeFrame({ ...sketch, sequence: sequence++ }), clock.now());
      },
    };
  };
  return {
    clock,
    wire,
    subscriber,
    reports,
    refused,
    publish,
    face: (options?: SubscriptionOptions) => publish(StreamType.VIDEO_CAMERA, options),
    wanted: () => wanted,
    /** The receiver reports that all has arrived. */
    report: () => subscriber.report(wire.report(clock.now())),
    stream: (streamId: string) => wire.streams.find(({ header }) => header.streamId === streamId)!,
  };
}

const view = (streamId: string, height: number, focused = false): StreamViewRequest => ({
  streamId,
  width: (height * 16) / 9,
  height,
  maxBitrateBps: 0,
  focused,
});
const kbps = ({ subscription }: { subscription: Subscription }) =>
  Math.round((subscription.wish?.budgetBps ?? NaN) / 1_000);

Deno.test("a lone stream may take what the path is presumed to carry", () => {
  const t = start();
  const face = t.face();
  deepStrictEqual(face.subscription.wish, {
    budgetBps: START_BUDGET_BPS,
    maxSpatialLayer: 2,
    maxTemporalLayer: 15,
  });
});

Deno.test("streams share the path, those that the viewer named first before the others", () => {
  const t = start();
  const [first, second, third] = [t.face(), t.face(), t.face()];
  t.subscriber.setViews([view(third.streamId, 720), view(second.streamId, 720)]);
  deepStrictEqual([first, second, third].map(kbps), [250, 250, 420]);
});

Deno.test("a share comes before faces, and the focused face before the others", () => {
  const t = start();
  const face = t.face();
  const share = t.publish(StreamType.VIDEO_SCREEN);
  deepStrictEqual([kbps(face), kbps(share)], [50, 870]);
  const u = start();
  const [left, right] = [u.face(), u.face()];
  u.subscriber.setViews([view(left.streamId, 360), view(right.streamId, 720, true)]);
  deepStrictEqual([kbps(left), kbps(right)], [50, 870]);
});

Deno.test("a small picture wishes its layer and no more", () => {
  const t = start();
  const face = t.face();
  t.subscriber.setViews([view(face.streamId, 180)]);
  deepStrictEqual(face.subscription.wish, {
    budgetBps: 250_000,
    maxSpatialLayer: 0,
    maxTemporalLayer: 15,
  });
});

Deno.test("a stream that is shown nowhere is not sent and wishes nothing, until it is shown", async () => {
  const t = start();
  const face = t.face();
  await settle(1);
  t.subscriber.setViews([view(face.streamId, 0)]);
  strictEqual(face.subscription.wish, undefined);
  face.send(0, 500);
  face.send(0, 500);
  deepStrictEqual(t.stream(face.streamId).names, []);
  t.subscriber.setViews([]);
  strictEqual(kbps(face), 920);
  face.send(0, 500, true);
  deepStrictEqual(t.stream(face.streamId).names, ["0:2"]);
});

Deno.test("what the participant asked for when it subscribed is the most it gets", () => {
  const t = start();
  const face = t.face({ preferredLayer: "medium", maxBitrateBps: 0 });
  strictEqual(face.subscription.wish?.maxSpatialLayer, 1);
  face.subscription.setOptions({ preferredLayer: "", maxBitrateBps: 300_000 });
  t.clock.advance(100);
  deepStrictEqual([face.subscription.wish?.maxSpatialLayer, kbps(face)], [2, 300]);
});

Deno.test("a publication hears of a wish only when it has changed", () => {
  const t = start();
  const face = t.face();
  const before = face.wishes();
  t.subscriber.setViews([]);
  t.subscriber.setViews([view(face.streamId, 720)]);
  strictEqual(face.wishes(), before);
  t.subscriber.setViews([view(face.streamId, 360)]);
  strictEqual(face.wishes(), before + 1);
});

Deno.test("the rest of the bits goes to those who stay when one leaves", () => {
  const t = start();
  const [first, second] = [t.face(), t.face()];
  strictEqual(kbps(first), 670);
  t.clock.advance(200);
  second.subscription.end();
  t.clock.advance(100);
  strictEqual(kbps(first), 920);
});

Deno.test("how the streams fare is told each second while anything flows", async () => {
  const t = start();
  const face = t.face();
  await settle(1);
  const frames = (DOWNLINK_REPORT_INTERVAL_MS / 1_000) * 30 + 2;
  for (let i = 0; i < frames; i++) {
    face.send(0, 954);
    t.clock.advance(1_000 / 30);
    t.report();
  }
  strictEqual(t.reports.length, 1);
  const [delivered] = t.reports[0]!.streams;
  strictEqual(delivered!.streamId, face.streamId);
  ok(Math.abs(delivered!.bitrate - 240_000) < 20_000, `${delivered!.bitrate}`);
  strictEqual(delivered!.bottleneck, Bottleneck.DOWNLINK);
  t.clock.advance(10_000);
  ok(t.reports[0]!.availableBitrate > 0);
});

Deno.test("padding is sent on a stream of its own while a video could use more than it gets", async () => {
  const t = start();
  const face = t.face();
  await settle(1);
  for (let i = 0; i < 90; i++) {
    face.send(0, 954);
    await settle(1);
    t.clock.advance(1_000 / 30);
    t.report();
  }
  const padding = t.wire.streams.find(({ header }) => header.kind === StreamKind.padding);
  ok(padding !== undefined && padding.bytes > 10_000);
  ok(t.wire.streams.every(({ sendOrder }) => sendOrder >= padding.sendOrder));
});

Deno.test("nothing runs for a subscriber to whom nothing is sent", async () => {
  const t = start();
  t.face();
  await settle(1);
  t.report();
  t.clock.advance(5_000);
  strictEqual(t.clock.pendingTimers, 0);
});

Deno.test("a claim of more than was sent is told, whatever it names", async () => {
  const t = start();
  t.face();
  await settle(1);
  const { datagrams, streams: [stream] } = t.wire.report(0);
  const claim = (fields: object, expected = 0) =>
    t.subscriber.report({
      nextWithinMs: REPORT_INTERVAL_MS,
      datagrams: { ...datagrams, expected },
      streams: [{ ...stream!, points: [], ...fields }],
    });
  strictEqual(claim({}), 0);
  strictEqual(claim({ receivedBytes: stream!.receivedBytes + 1 }), 1);
  strictEqual(claim({ deliveryNumber: 2 }), 1);
  strictEqual(claim({ deliveryNumber: 0 }), 1);
  strictEqual(claim({}, 1), 1);
});

Deno.test("more streams than one may have are refused", () => {
  const t = start();
  for (let i = 0; i < MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER; i++) t.face();
  const last = t.face();
  deepStrictEqual(t.refused, [last.streamId]);
  strictEqual(last.subscription.wish, undefined);
});

Deno.test("a stream that could not be opened is told and forgotten", async () => {
  const t = start();
  t.wire.refusal = new Error("too many streams");
  const face = t.face();
  await settle(1);
  deepStrictEqual(t.refused, [face.streamId]);
  strictEqual(t.subscriber.streamCount, 0);
});

Deno.test("a released subscriber has ended its streams, holds nothing and leaves no timer", async () => {
  const t = start();
  const faces = [t.face(), t.face()];
  await settle(1);
  faces.forEach((face) => face.send(0, 60_000));
  t.subscriber.release();
  ok(t.wire.streams.every(({ closed }) => closed));
  strictEqual(t.subscriber.bytesInFlight, 0);
  t.clock.advance(1_000);
  strictEqual(t.clock.pendingTimers, 0);
});
