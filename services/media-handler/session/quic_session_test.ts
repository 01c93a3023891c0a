import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { ErrorCode, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { createDevelopmentCertificate } from "../../runtime/webtransport/certificate.ts";
import { connectWebTransport } from "../../runtime/webtransport/client.ts";
import { listenWebTransport } from "../../runtime/webtransport/listener.ts";
import { createMediaHandler } from "../media_handler.ts";
import { makeFrame } from "../testing/frames.ts";
import { TestClient } from "../testing/test_client.ts";

const meetingId = crypto.randomUUID();

/** A media handler on a real port; the clients' waits are real too. */
async function start() {
  const certificate = await createDevelopmentCertificate();
  const listener = listenWebTransport({ hostname: "127.0.0.1", port: 0, certificate });
  const mediaHandler = createMediaHandler({
    sessions: listener,
    limits: { maxParticipants: 100, maxStreams: 100 },
    log: createLogger("media-handler"),
  });
  const { router } = mediaHandler;
  const connect = async () => {
    const url = `https://127.0.0.1:${listener.port}`;
    const session = await connectWebTransport(url, { certificateHashes: [certificate.hash] });
    return new TestClient(session);
  };
  return {
    router,
    connect,
    async join() {
      const id = crypto.randomUUID();
      const client = await connect();
      const token = router.register({ meetingId, participantId: id, e2eEncryption: true });
      await client.send({ case: "authenticate", value: { connectionToken: token } });
      return Object.assign(client, { id });
    },
    async [Symbol.asyncDispose]() {
      await mediaHandler[Symbol.asyncDispose]();
      await listener.close();
    },
  };
}

Deno.test("over QUIC, video and sound reach a subscriber and the publisher hears how much arrived", async () => {
  await using t = await start();
  const [publisher, subscriber] = await Promise.all([t.join(), t.join()]);
  const [video, sound] = [crypto.randomUUID(), crypto.randomUUID()];
  const route = {
    change: "set",
    publisherId: publisher.id,
    destinations: [subscriber.id],
  } as const;
  t.router.route(meetingId, [
    { ...route, streamId: video, type: StreamType.VIDEO_CAMERA },
    { ...route, streamId: sound, type: StreamType.AUDIO },
  ]);
  await subscriber.until(() => subscriber.streams.length === 1);
  const videoWriter = await publisher.publish(video, { deliveryNumber: 1 });
  const soundWriter = await publisher.publish(sound, { deliveryNumber: 2 });
  const sequences = Array.from({ length: 50 }, (_, sequence) => sequence);
  let videoBytes = 24;
  for (const sequence of sequences) {
    const type = sequence === 0 ? FrameType.videoKey : FrameType.videoDelta;
    const frame = makeFrame({ streamId: video, sequence, type, payloadLength: 4_000 });
    await videoWriter.write(frame.bytes);
    videoBytes += frame.bytes.length;
    await soundWriter.write(makeFrame({ streamId: sound, sequence, type: FrameType.audio }).bytes);
    // All at once would be more than the path is taken to carry at first.
    await subscriber.until(() => subscriber.sequences(video).length > sequence);
    await subscriber.until(() => subscriber.sequences(sound).includes(sequence));
  }
  deepStrictEqual(subscriber.sequences(video), sequences);
  deepStrictEqual([...new Set(subscriber.sequences(sound))], sequences);
  await publisher.until(() => publisher.reported.get(1) === videoBytes);
});

Deno.test("over QUIC, a client that is refused reads why before its session closes", async () => {
  await using t = await start();
  const client = await t.connect();
  await client.send({ case: "authenticate", value: { connectionToken: "guess" } });
  strictEqual((await client.session.closed).closeCode, 2);
  strictEqual(client.errors[0]?.code, ErrorCode.UNAUTHORIZED);
});

Deno.test("over QUIC, a refused stream is stopped at its sender", async () => {
  await using t = await start();
  const client = await t.join();
  const writer = await client.openStream();
  await writer.write(new Uint8Array(100).fill(0xff));
  await client.until(() => client.errors.length === 1);
  strictEqual(client.errors[0]!.code, ErrorCode.STREAM_ERROR);
  let stopped = false;
  await client.until(() => {
    writer.write(new Uint8Array(10)).catch(() => stopped = true);
    return stopped;
  });
});
