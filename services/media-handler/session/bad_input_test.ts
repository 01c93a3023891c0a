import { ok, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { frameMessage } from "../../../proto/signaling/message_framing.ts";
import { ErrorCode, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle, type TestClient } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

const { videoKey, audio } = FrameType;

/** A meeting in which someone sends to someone, and a third misbehaves. */
async function start() {
  const meeting = new TestMeeting();
  const publisher = await meeting.join();
  const subscriber = await meeting.join();
  const culprit = await meeting.join();
  const streamId = meeting.route(publisher.id, [subscriber.id]);
  const writer = await publisher.publish(streamId);
  await writer.write(makeFrame({ streamId, sequence: 0, type: videoKey }).bytes);
  await subscriber.until(() => subscriber.sequences(streamId).length === 1);
  const culpritStreamId = meeting.route(culprit.id, [subscriber.id]);
  return {
    meeting,
    culprit,
    streamId,
    culpritStreamId,
    subscriber,
    /** The others have not noticed anything. */
    async othersAreWell() {
      await writer.write(makeFrame({ streamId, sequence: 1 }).bytes);
      await subscriber.until(() => subscriber.sequences(streamId).length === 2);
      strictEqual(publisher.errors.length + subscriber.errors.length, 0);
      await meeting[Symbol.asyncDispose]();
    },
  };
}

type Misdeed = (
  culprit: TestClient,
  streamId: string,
) => Promise<WritableStreamDefaultWriter<Uint8Array>>;

/** Streams that are refused with a typed error while the session lives on. */
const REFUSED_STREAMS: Record<string, { code: ErrorCode; commit: Misdeed }> = {
  "a stream of garbage": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit) {
      const writer = await culprit.openStream();
      await writer.write(new Uint8Array(100).fill(0xff));
      return writer;
    },
  },
  "a stream that ends inside its header": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit) {
      const writer = await culprit.openStream();
      await writer.write(new Uint8Array([1, 1, 0]));
      await writer.close();
      return writer;
    },
  },
  "a stream of a kind that only the media handler sends": {
    code: ErrorCode.STREAM_ERROR,
    commit: (culprit, streamId) => culprit.publish(streamId, { kind: StreamKind.forwardVideo }),
  },
  "a spatial layer beyond the highest": {
    code: ErrorCode.STREAM_ERROR,
    commit: (culprit, streamId) => culprit.publish(streamId, { spatialLayer: 15 }),
  },
  "garbage instead of a frame": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      await writer.write(new Uint8Array(100).fill(0xff));
      return writer;
    },
  },
  "a truncated frame": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      const { bytes } = makeFrame({ streamId, sequence: 0, type: videoKey });
      await writer.write(bytes.subarray(0, 60));
      await writer.close();
      return writer;
    },
  },
  "an oversize frame": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      const { bytes } = makeFrame({ streamId, sequence: 0, type: videoKey });
      new DataView(bytes.buffer).setUint32(34, 2 * 1024 * 1024);
      await writer.write(bytes);
      return writer;
    },
  },
  "a frame of another stream": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      const other = { streamId: crypto.randomUUID(), sequence: 0, type: videoKey };
      await writer.write(makeFrame(other).bytes);
      return writer;
    },
  },
  "sound on a video stream": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      await writer.write(makeFrame({ streamId, sequence: 0, type: audio }).bytes);
      return writer;
    },
  },
  "a sequence number that falls": {
    code: ErrorCode.STREAM_ERROR,
    async commit(culprit, streamId) {
      const writer = await culprit.publish(streamId);
      await writer.write(makeFrame({ streamId, sequence: 5, type: videoKey }).bytes);
      await writer.write(makeFrame({ streamId, sequence: 5 }).bytes);
      return writer;
    },
  },
};

for (const [name, { code, commit }] of Object.entries(REFUSED_STREAMS)) {
  Deno.test(`${name} is refused, its sender is told to stop, nobody else notices`, async () => {
    const t = await start();
    const writer = await commit(t.culprit, t.culpritStreamId);
    await t.culprit.until(() => t.culprit.errors.length === 1);
    strictEqual(t.culprit.errors[0]!.code, code);
    let stopped = false;
    writer.closed.then(() => stopped = true, () => stopped = true);
    await t.culprit.until(() => stopped);
    await t.culprit.publish(t.culpritStreamId);
    await settle();
    strictEqual(t.culprit.errors.length, 1);
    await t.othersAreWell();
  });
}

Deno.test("another participant's stream is forbidden", async () => {
  const t = await start();
  await t.culprit.publish(t.streamId);
  await t.culprit.until(() => t.culprit.errors.length === 1);
  strictEqual(t.culprit.errors[0]!.code, ErrorCode.FORBIDDEN);
  strictEqual(t.culprit.errors[0]!.details.streamId, t.streamId);
  await t.othersAreWell();
});

Deno.test("a delivery number that is in use is a conflict", async () => {
  const t = await start();
  const second = t.meeting.route(t.culprit.id, []);
  await t.culprit.publish(t.culpritStreamId, { deliveryNumber: 9 });
  await settle();
  await t.culprit.publish(second, { deliveryNumber: 9 });
  await t.culprit.until(() => t.culprit.errors.length === 1);
  strictEqual(t.culprit.errors[0]!.code, ErrorCode.CONFLICT);
  await t.othersAreWell();
});

Deno.test("a stream that nobody announces is refused after a second", async () => {
  const t = await start();
  await t.culprit.publish(crypto.randomUUID());
  await settle();
  t.meeting.clock.advance(999);
  await settle();
  strictEqual(t.culprit.errors.length, 0);
  t.meeting.clock.advance(1);
  await t.culprit.until(() => t.culprit.errors.length === 1);
  strictEqual(t.culprit.errors[0]!.code, ErrorCode.STREAM_ERROR);
  await t.othersAreWell();
});

Deno.test("a stream that sends no header is refused after five seconds", async () => {
  const t = await start();
  const writer = await t.culprit.openStream();
  await writer.write(new Uint8Array([1]));
  await settle();
  t.meeting.clock.advance(5_000);
  await t.culprit.until(() => t.culprit.errors.length === 1);
  strictEqual(t.culprit.errors[0]!.code, ErrorCode.STREAM_ERROR);
  await t.othersAreWell();
});

Deno.test("sound on a higher layer is refused", async () => {
  const t = await start();
  const streamId = t.meeting.route(t.culprit.id, [], { type: StreamType.AUDIO });
  await t.culprit.publish(streamId, { spatialLayer: 1 });
  await t.culprit.until(() => t.culprit.errors.length === 1);
  await t.othersAreWell();
});

Deno.test("sixteen refused streams end the session", async () => {
  const t = await start();
  for (let i = 0; i < 16; i++) {
    const writer = await t.culprit.openStream();
    await writer.write(new Uint8Array(24)).catch(() => undefined);
    await t.culprit.until(() => t.culprit.errors.length === i + 1);
  }
  t.meeting.clock.advance(200);
  strictEqual((await t.culprit.session.closed).closeCode, 1);
  await t.othersAreWell();
});

/** Sessions that a client loses, with the code it is told. */
async function closesWith(
  closeCode: number,
  errorCode: ErrorCode,
  commit: (client: TestClient, meeting: TestMeeting) => Promise<unknown>,
) {
  const t = await start();
  const client = t.meeting.connect();
  await commit(client, t.meeting);
  await client.until(() => client.errors.length > 0);
  strictEqual(client.errors.at(-1)!.code, errorCode);
  t.meeting.clock.advance(200);
  strictEqual((await client.session.closed).closeCode, closeCode);
  await t.othersAreWell();
}

Deno.test("a wrong token is unauthorized", () =>
  closesWith(
    2,
    ErrorCode.UNAUTHORIZED,
    (client) => client.send({ case: "authenticate", value: { connectionToken: "guess" } }),
  ));

Deno.test("a session that does not authenticate in 15 s ends", () =>
  closesWith(3, ErrorCode.UNAUTHORIZED, async (client, meeting) => {
    await client.sendBytes(new Uint8Array([0, 0]));
    await settle();
    meeting.clock.advance(15_000);
  }));

Deno.test("an oversize control message ends the session", () =>
  closesWith(
    1,
    ErrorCode.INVALID_REQUEST,
    (client) => client.sendBytes(new Uint8Array([0xff, 0xff, 0xff, 0xff])),
  ));

Deno.test("the third malformed control message ends the session", () =>
  closesWith(1, ErrorCode.INVALID_REQUEST, async (client) => {
    for (let i = 0; i < 3; i++) await client.sendBytes(frameMessage(new Uint8Array([0xff, 0xff])));
    await client.until(() => client.errors.length === 3);
  }));

Deno.test("a request before authentication is refused, and the session can still authenticate", async () => {
  const t = await start();
  const client = t.meeting.connect();
  await client.send({ case: "keyFrameRequest", value: { streamId: t.streamId } });
  await client.until(() => client.errors.length === 1);
  strictEqual(client.errors[0]!.code, ErrorCode.INVALID_REQUEST);
  await client.authenticate(t.meeting.register(crypto.randomUUID()));
  await client.until(() => client.messages.some((message) => message.case === "authenticated"));
  await t.othersAreWell();
});

Deno.test("too many control messages in a second end the session", async () => {
  const t = await start();
  const request = { case: "keyFrameRequest", value: { streamId: t.streamId } } as const;
  for (let i = 0; i < 101; i++) await t.culprit.send(request).catch(() => undefined);
  await t.culprit.until(() => t.culprit.errors.length === 1);
  strictEqual(t.culprit.errors[0]!.code, ErrorCode.RATE_LIMITED);
  t.meeting.clock.advance(200);
  strictEqual((await t.culprit.session.closed).closeCode, 10);
  await t.othersAreWell();
});

Deno.test("false reports and malformed datagrams are counted and end the session", async () => {
  const t = await start();
  for (let i = 0; i < 6; i++) await t.culprit.report(77, 1_000);
  await t.culprit.sendDatagram(new Uint8Array([2, 9, 9]));
  await t.culprit.sendDatagram(new Uint8Array([3, 9, 9]));
  await t.culprit.until(() => t.culprit.errors.length === 1);
  t.meeting.clock.advance(200);
  strictEqual((await t.culprit.session.closed).closeCode, 1);
  await t.othersAreWell();
});

Deno.test("datagrams of an unknown type are ignored", async () => {
  const t = await start();
  for (let i = 0; i < 20; i++) await t.culprit.sendDatagram(new Uint8Array([9, 9, 9]));
  await t.culprit.sendDatagram(new Uint8Array(0));
  await settle();
  strictEqual(t.culprit.errors.length, 0);
  await t.othersAreWell();
});

Deno.test("a view request of 257 streams, of no stream, or of one twice is refused", async () => {
  const id = () => crypto.randomUUID() as string;
  const twice = id();
  const misdeeds = [Array.from({ length: 257 }, id), ["camera"], [twice, twice]];
  for (const ids of misdeeds) {
    const t = await start();
    const views = ids.map((streamId) => ({ streamId, width: 320, height: 180 }));
    await t.culprit.send({ case: "viewRequest", value: { views } });
    await t.culprit.until(() => t.culprit.errors.length === 1);
    strictEqual(t.culprit.errors[0]!.code, ErrorCode.INVALID_REQUEST);
    await t.othersAreWell();
  }
});

Deno.test("a second control stream is refused", async () => {
  const t = await start();
  const extra = await t.culprit.session.createBidirectionalStream();
  await t.culprit.until(() => t.culprit.errors.length === 1);
  for await (const _ of extra.readable);
  await extra.writable.close().catch(() => undefined);
  await t.othersAreWell();
});

Deno.test("a client that vanishes amid a frame disturbs nobody", async () => {
  const t = await start();
  const writer = await t.culprit.publish(t.culpritStreamId);
  const { bytes } = makeFrame({ streamId: t.culpritStreamId, sequence: 0, type: videoKey });
  await writer.write(bytes.subarray(0, 60));
  await settle();
  t.culprit.session.close();
  await settle();
  ok(t.subscriber.sequences(t.culpritStreamId).length === 0);
  await t.othersAreWell();
});
