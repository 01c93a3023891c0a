import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeAcknowledgements } from "../../../proto/media_stream/acknowledgement.ts";
import { STREAM_HEADER_LENGTH } from "../../../proto/media_stream/stream_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import { AudioBatchTimer } from "../egress/audio_batch_timer.ts";
import { Subscriber } from "../egress/subscriber.ts";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { ACKNOWLEDGEMENT_REST_MS, ACKNOWLEDGEMENTS_WANTED_AFTER_MS } from "../limits.ts";
import { Publication } from "../routing/publication.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { AcknowledgementReader } from "./acknowledgement_reader.ts";
import { RestTimer } from "./rest_timer.ts";

const FRAME_BYTES = 1_000;

/** A subscriber of one video stream, which got its header and one key frame. */
async function start() {
  const clock = new ManualClock();
  const [client, session] = createSessionPair();
  const writer = client.datagrams.writable.getWriter();
  const streamId = crypto.randomUUID();
  const feed = new Publication({
    streamId,
    publisherId: crypto.randomUUID(),
    type: StreamType.VIDEO_CAMERA,
    clock,
    requestKeyFrame() {},
  });
  let impossible = 0;
  const subscriber: Subscriber = new Subscriber({
    streams: { open: () => Promise.resolve({ write() {}, close() {} }) },
    clock,
    batches: new AudioBatchTimer(clock),
    onOpenFailed() {},
    wantAcknowledgements: () => reader.wake(),
  });
  const reader: AcknowledgementReader = new AcknowledgementReader({
    session,
    subscriber,
    rests: new RestTimer(clock, ACKNOWLEDGEMENT_REST_MS),
    onImpossible: (count) => impossible += count,
    onError: (error) => {
      throw error;
    },
  });
  const subscription = subscriber.subscribe(feed, { groupsSinceMs: -Infinity, patienceMs: 0 });
  await settle();
  let sequence = 0;
  let sentBytes = STREAM_HEADER_LENGTH;
  const send = () => {
    const type = sequence === 0 ? FrameType.videoKey : FrameType.videoDelta;
    const frame = makeFrame({ streamId, sequence: sequence++, type, payloadLength: FRAME_BYTES });
    subscription.offer(frame, clock.now());
    sentBytes += frame.bytes.length;
  };
  send();
  return {
    clock,
    subscriber,
    send,
    sentBytes: () => sentBytes,
    impossible: () => impossible,
    async acknowledge(receivedBytes: number) {
      const [datagram] = encodeAcknowledgements([{ deliveryNumber: 1, receivedBytes }]);
      await writer.write(datagram!);
      await settle();
    },
  };
}

Deno.test("after an acknowledgement the next is read when a frame is old", async () => {
  const { clock, subscriber, send, sentBytes, acknowledge } = await start();
  await acknowledge(sentBytes());
  strictEqual(subscriber.bytesInFlight, 0);
  send();
  const inFlight = subscriber.bytesInFlight;
  ok(inFlight > 0);
  await acknowledge(sentBytes());
  strictEqual(subscriber.bytesInFlight, inFlight, "left unread");
  clock.advance(ACKNOWLEDGEMENTS_WANTED_AFTER_MS);
  send();
  strictEqual(subscriber.bytesInFlight, inFlight, "read before the frame was sent");
});

Deno.test("while what is read leaves old frames, reading goes on", async () => {
  const { clock, subscriber, send, sentBytes, acknowledge } = await start();
  await acknowledge(sentBytes());
  const acknowledged: number[] = [];
  for (let frame = 0; frame < 4; frame++) {
    send();
    acknowledged.push(sentBytes());
  }
  clock.advance(ACKNOWLEDGEMENTS_WANTED_AFTER_MS);
  send();
  const left: number[] = [];
  for (const bytes of [...acknowledged, sentBytes()]) {
    await acknowledge(bytes);
    left.push(sentBytes() - bytes === subscriber.bytesInFlight ? 1 : 0);
  }
  deepStrictEqual(left, [1, 1, 1, 1, 0]);
});

Deno.test("what nobody needs is read in the end", async () => {
  const { clock, subscriber, send, sentBytes, acknowledge } = await start();
  await acknowledge(sentBytes());
  send();
  await acknowledge(sentBytes());
  ok(subscriber.bytesInFlight > 0);
  clock.advance(ACKNOWLEDGEMENT_REST_MS);
  strictEqual(subscriber.bytesInFlight, 0);
});

Deno.test("false acknowledgements, and those that say nothing new, are all read", async () => {
  const { sentBytes, acknowledge, impossible } = await start();
  await acknowledge(0);
  await acknowledge(0);
  await acknowledge(sentBytes() + 1);
  await acknowledge(sentBytes() + 1);
  strictEqual(impossible(), 2);
});
