import { REPORT_INTERVAL_MS } from "../../../proto/media_stream/arrival_report.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { readAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { AUDIO_BATCH_DELAY_MS, BLOCKED_SOUND_INTERVAL_MS } from "../limits.ts";
import { Publication } from "../routing/publication.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { TestPath } from "../testing/test_path.ts";
import { AudioBatchTimer } from "./audio_batch_timer.ts";
import { AudioDelivery } from "./audio_delivery.ts";
import { SubscriberPath } from "./subscriber_path.ts";

function start(speakers: number) {
  const clock = new ManualClock();
  const wire = new TestPath();
  const path = new SubscriberPath({
    streams: wire,
    clock,
    sendDatagram: (bytes) => void wire.datagrams.push(bytes),
  });
  const delivery = new AudioDelivery({
    path,
    clock,
    batches: new AudioBatchTimer(clock),
    onFrame: (nowMs) => path.update(nowMs),
    onOpenFailed() {},
  });
  const sources = Array.from({ length: speakers }, () => {
    const publication = new Publication({
      streamId: crypto.randomUUID(),
      publisherId: crypto.randomUUID(),
      type: StreamType.AUDIO,
      clock,
      requestKeyFrame() {},
    });
    return { publication, subscription: delivery.subscription(publication) };
  });
  let sequence = 0;
  return {
    clock,
    path,
    wire,
    delivery,
    meters: sources.map(({ publication }) => publication.meter),
    /** Every speaker says 20 ms. */
    speak(payloadLength = 100) {
      for (const { publication: { streamId }, subscription } of sources) {
        const type = FrameType.audio;
        const frame = makeFrame({ streamId, sequence, type, payloadLength });
        subscription.offer(frame, clock.now());
      }
      sequence++;
    },
    /** The receiver tells that of the datagrams so far all but `lost` have arrived. */
    report(lost: number) {
      const { datagrams, streams } = wire.report(clock.now());
      path.report({
        nextWithinMs: REPORT_INTERVAL_MS,
        datagrams: { ...datagrams, received: datagrams.expected - lost },
        streams,
      }, clock.now());
    },
    /** Sequences of the frames of each datagram. */
    sent: () =>
      wire.datagrams.map((bytes) =>
        readAudioDatagram(bytes).frames.map(({ header }) => header.sequence)
      ),
  };
}

Deno.test("one or two speakers are forwarded without delay", () => {
  const t = start(2);
  for (let i = 0; i < 10; i++) {
    t.speak();
    strictEqual(t.wire.datagrams.length, 2 * (i + 1));
    t.clock.advance(20);
  }
});

Deno.test("datagrams are numbered and carry the time of sending", () => {
  const t = start(1);
  t.clock.advance(40);
  t.speak();
  t.clock.advance(20);
  t.speak();
  deepStrictEqual(
    t.wire.datagrams.map(readAudioDatagram).map(({ number, sentAtTicks }) => [number, sentAtTicks]),
    [[0, toTicks(40)], [1, toTicks(60)]],
  );
});

Deno.test("eight speakers share datagrams within 10 ms and nothing is lost", () => {
  const t = start(8);
  for (let i = 0; i < 60; i++) {
    t.speak();
    t.clock.advance(AUDIO_BATCH_DELAY_MS);
    t.report(0);
    t.clock.advance(20 - AUDIO_BATCH_DELAY_MS);
  }
  const before = t.wire.datagrams.length;
  t.speak();
  strictEqual(t.wire.datagrams.length, before);
  t.clock.advance(AUDIO_BATCH_DELAY_MS);
  const sent = t.sent().slice(before);
  ok(sent.length <= 2, `${sent.length} datagrams`);
  deepStrictEqual(sent.flat(), Array.from({ length: 8 }, () => 60));
});

Deno.test("the frame before is repeated until the loss is known, then no more", () => {
  const t = start(1);
  for (let i = 0; i < 60; i++) {
    t.speak();
    t.clock.advance(20);
    t.report(0);
  }
  t.speak();
  const sent = t.sent();
  deepStrictEqual(sent.slice(0, 3), [[0], [0, 1], [1, 2]]);
  deepStrictEqual(sent.at(-1), [60]);
});

Deno.test("two frames are repeated while many datagrams get lost", () => {
  const t = start(1);
  for (let i = 1; i <= 100; i++) {
    t.speak();
    t.clock.advance(20);
    t.report(Math.floor(i / 10));
  }
  t.speak();
  deepStrictEqual(t.sent().at(-1), [98, 99, 100]);
});

Deno.test("a frame that is too long for a datagram goes on a stream", async () => {
  const t = start(1);
  t.speak(1_200);
  await settle();
  t.speak(1_200);
  const [stream] = t.wire.streams;
  strictEqual(stream!.header.kind, StreamKind.forwardAudio);
  deepStrictEqual(stream!.names, ["0:1"]);
  strictEqual(t.wire.datagrams.length, 0);
});

Deno.test("on a path that has been blocked for long only some sound is sent", async () => {
  const t = start(1);
  t.speak(1_200);
  await settle();
  for (let i = 0; i < 150; i++) {
    t.speak();
    t.clock.advance(20);
  }
  ok((t.path.blockedMs(t.clock.now()) ?? 0) > 1_000);
  const before = t.wire.datagrams.length;
  for (let i = 0; i < 50; i++) {
    t.speak();
    t.clock.advance(20);
  }
  const sent = t.wire.datagrams.length - before;
  ok(sent <= 1_000 / BLOCKED_SOUND_INTERVAL_MS + 1, `${sent} datagrams`);
  ok(t.meters[0]!.framesSkipped > 30);
});

Deno.test("a released delivery sends nothing more", () => {
  const t = start(8);
  t.speak();
  t.delivery.release();
  const before = t.wire.datagrams.length;
  t.clock.advance(1_000);
  t.speak();
  strictEqual(t.wire.datagrams.length, before);
});
