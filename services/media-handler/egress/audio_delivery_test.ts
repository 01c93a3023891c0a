import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { STREAM_HEADER_LENGTH } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SubscriberFlight } from "../congestion/flight.ts";
import { AUDIO_BATCH_DELAY_MS, MAX_AUDIO_BYTES_IN_FLIGHT } from "../limits.ts";
import type { PublicationFeed } from "../routing/subscription.ts";
import { StreamMeter } from "../telemetry/stream_meter.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { AudioBatchTimer } from "./audio_batch_timer.ts";
import { AudioDelivery } from "./audio_delivery.ts";

const FRAME_BYTES = 146;

function start(speakers: number) {
  const clock = new ManualClock();
  const written: Uint8Array[] = [];
  const shared = new SubscriberFlight();
  const delivery = new AudioDelivery({ shared, clock, batches: new AudioBatchTimer(clock) });
  delivery.start({ write: (bytes) => void written.push(bytes), close() {} }, 1);
  written.length = 0;
  const meter = new StreamMeter();
  const sources = Array.from({ length: speakers }, () => {
    const streamId = crypto.randomUUID();
    const feed: PublicationFeed = {
      streamId,
      type: StreamType.AUDIO,
      isAudio: true,
      meter,
      startingGroup: () => [],
      requestKeyFrame() {},
      keyFrameRequestedAtMs: -Infinity,
    };
    return { streamId, subscription: delivery.subscription(feed) };
  });
  let sequence = 0;
  return {
    clock,
    delivery,
    meter,
    written,
    /** Every speaker says 20 ms. */
    speak() {
      for (const { streamId, subscription } of sources) {
        subscription.offer(
          makeFrame({ streamId, sequence, type: FrameType.audio }),
          clock.now(),
        );
      }
      sequence++;
    },
    writtenBytes: () => STREAM_HEADER_LENGTH + written.reduce((sum, { length }) => sum + length, 0),
  };
}

Deno.test("one or two speakers are forwarded without delay", () => {
  const t = start(2);
  for (let i = 0; i < 10; i++) {
    t.speak();
    strictEqual(t.written.length, 2 * (i + 1));
    t.clock.advance(20);
    t.delivery.acknowledge(t.writtenBytes(), t.clock.now());
  }
});

Deno.test("eight speakers are written together within 10 ms and nothing is lost", () => {
  const t = start(8);
  t.speak();
  t.clock.advance(20);
  t.written.length = 0;
  for (let i = 0; i < 10; i++) {
    t.speak();
    t.clock.advance(AUDIO_BATCH_DELAY_MS);
    strictEqual(t.written.length, i + 1);
    strictEqual(t.written[i]!.length, 8 * FRAME_BYTES);
    t.clock.advance(20 - AUDIO_BATCH_DELAY_MS);
  }
});

Deno.test("audio that would be late is dropped, and the newest goes on when it has drained", () => {
  const t = start(1);
  t.delivery.acknowledge(STREAM_HEADER_LENGTH, 40);
  for (let i = 0; i < 100; i++) {
    t.speak();
    t.clock.advance(20);
  }
  const kept = t.written.length;
  ok(kept < 25, `${kept} frames`);
  ok(t.meter.framesSkipped >= 75);
  t.delivery.acknowledge(t.writtenBytes(), t.clock.now());
  t.speak();
  strictEqual(t.written.length, kept + 1);
});

Deno.test("a listener that never acknowledges has bounded audio in flight", () => {
  const t = start(8);
  for (let i = 0; i < 5_000; i++) {
    t.speak();
    t.clock.advance(20);
  }
  ok(t.delivery.bytesInFlight <= MAX_AUDIO_BYTES_IN_FLIGHT + 8 * FRAME_BYTES);
});

Deno.test("a released delivery writes nothing more", () => {
  const t = start(8);
  t.speak();
  t.delivery.release();
  const before = t.written.length;
  t.clock.advance(1_000);
  t.speak();
  deepStrictEqual([t.written.length, t.delivery.bytesInFlight >= 0], [before, true]);
});
