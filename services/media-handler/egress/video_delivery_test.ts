import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { STREAM_HEADER_LENGTH } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SubscriberFlight } from "../congestion/flight.ts";
import { MAX_VIDEO_BYTES_IN_FLIGHT } from "../limits.ts";
import type { PublicationFeed } from "../routing/subscription.ts";
import { StreamMeter } from "../telemetry/stream_meter.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { VideoDelivery } from "./video_delivery.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const PAYLOAD_BYTES = 4_000 - 46;

/** A delivery with everything around it in the test's hands. */
function start(group: Frame[] = []) {
  const clock = new ManualClock();
  const written: Uint8Array[] = [];
  const stream = {
    closed: false,
    write: (b: Uint8Array) => void written.push(b),
    close() {
      this.closed = true;
    },
  };
  const shared = new SubscriberFlight();
  let requests = 0;
  let requestedAtMs = -Infinity;
  const feed: PublicationFeed = {
    streamId,
    type: StreamType.VIDEO_CAMERA,
    isAudio: false,
    meter: new StreamMeter(),
    startingGroup: () => group,
    requestKeyFrame() {
      requests++;
      requestedAtMs = clock.now();
    },
    get keyFrameRequestedAtMs() {
      return requestedAtMs;
    },
  };
  const delivery = new VideoDelivery({ feed, groupsSinceMs: 0, shared, clock });
  let sequence = 0;
  return {
    clock,
    delivery,
    stream,
    shared,
    feed,
    open: () => delivery.start(stream, 1),
    offer(isKeyFrame = false) {
      const type = isKeyFrame ? FrameType.videoKey : FrameType.videoDelta;
      const payloadLength = PAYLOAD_BYTES;
      const frame = makeFrame({ streamId, sequence: sequence++, type, payloadLength });
      delivery.offer(frame, clock.now());
    },
    /** Frames written, without the stream header. */
    frames: () => written.length - 1,
    writtenBytes: () => written.reduce((sum, { length }) => sum + length, 0),
    requests: () => requests,
  };
}

Deno.test("nothing is sent before the first key frame", () => {
  const t = start();
  t.open();
  t.offer();
  strictEqual(t.frames(), 0);
  t.offer(true);
  t.offer();
  strictEqual(t.frames(), 2);
});

Deno.test("frames that came while the stream was opening come from the group cache", () => {
  const group = [0, 1].map((sequence) =>
    makeFrame({ streamId, sequence, ...(sequence === 0 ? { type: FrameType.videoKey } : {}) })
  );
  const t = start(group);
  t.offer(true);
  t.open();
  strictEqual(t.frames(), 2);
  t.offer();
  strictEqual(t.frames(), 3);
  strictEqual(t.requests(), 0);
});

Deno.test("without a group a key frame is asked for after 300 ms, unless one came", () => {
  const asks = start();
  asks.open();
  asks.clock.advance(300);
  strictEqual(asks.requests(), 1);
  const waits = start();
  waits.open();
  waits.clock.advance(299);
  waits.offer(true);
  waits.clock.advance(1_000);
  strictEqual(waits.requests(), 0);
});

Deno.test("a subscriber that falls behind gets nothing until it caught up, then a key frame", () => {
  const t = start();
  t.open();
  t.offer(true);
  t.delivery.acknowledge(t.writtenBytes(), 40);
  for (let i = 0; i < 20; i++) {
    t.clock.advance(33);
    t.offer();
  }
  const stoppedAt = t.frames();
  ok(stoppedAt < 21, `${stoppedAt} frames`);
  strictEqual(t.requests(), 0);
  t.delivery.acknowledge(t.writtenBytes() - 1, t.clock.now());
  t.offer(true);
  strictEqual(t.frames(), stoppedAt);
  t.delivery.acknowledge(t.writtenBytes(), t.clock.now());
  strictEqual(t.requests(), 1);
  t.offer();
  strictEqual(t.frames(), stoppedAt);
  t.offer(true);
  t.offer();
  strictEqual(t.frames(), stoppedAt + 2);
  ok(t.feed.meter.framesSkipped > 0);
});

Deno.test("a subscriber that never acknowledges has bounded bytes in flight, for ten minutes", () => {
  const t = start();
  t.open();
  for (let second = 0; second < 600; second++) {
    t.offer(true);
    for (let i = 1; i < 30; i++) t.offer();
    t.clock.advance(1_000);
    ok(t.delivery.bytesInFlight <= MAX_VIDEO_BYTES_IN_FLIGHT);
  }
  ok(t.writtenBytes() <= MAX_VIDEO_BYTES_IN_FLIGHT);
});

Deno.test("a lost last acknowledgement before a pause does not stop the stream for good", () => {
  const t = start();
  t.open();
  t.offer(true);
  t.delivery.acknowledge(t.writtenBytes(), 40);
  t.offer();
  t.clock.advance(60_000);
  t.offer();
  strictEqual(t.frames(), 3);
  t.delivery.acknowledge(t.writtenBytes(), t.clock.now());
  t.offer();
  strictEqual(t.frames(), 4);
});

Deno.test("a claim beyond what was sent is told", () => {
  const t = start();
  t.open();
  strictEqual(t.delivery.acknowledge(STREAM_HEADER_LENGTH, 0), true);
  strictEqual(t.delivery.acknowledge(STREAM_HEADER_LENGTH + 1, 0), false);
});

Deno.test("a delivery that ended sends nothing and leaves no timer", () => {
  const t = start();
  t.open();
  t.delivery.release();
  t.offer(true);
  strictEqual(t.frames(), 0);
  deepStrictEqual([t.stream.closed, t.shared.bytesInFlight, t.clock.pendingTimers], [true, 0, 0]);
});

Deno.test("a delivery that ended while its stream was opening closes it", () => {
  const t = start();
  t.delivery.end();
  t.open();
  deepStrictEqual([t.stream.closed, t.frames()], [true, -1]);
});
