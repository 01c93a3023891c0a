import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  FrameOffset,
  FrameType,
  MAX_FRAME_LENGTH,
} from "../../../proto/media_frame/frame_header.ts";
import { encodeArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import { encodeAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { frameMessage, MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { MAX_DATAGRAM_VIOLATIONS, MAX_STREAM_ERRORS } from "../../media-handler/limits.ts";
import { CloseCode } from "../../media-handler/session/close_code.ts";
import { makeFrame } from "../../media-handler/testing/frames.ts";
import type { TestClient } from "../../media-handler/testing/test_client.ts";
import { eventually } from "../eventually.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { closeCodeOf, type Intruder } from "./attacker.ts";

/** How long a sender may go on writing after it was told why it is refused, milliseconds. */
const STOP_LIMIT_MS = 2_000;
/** Datagrams of a flood, and how many are sent between two turns of the event loop. */
const FLOOD_DATAGRAMS = 50_000;
const FLOOD_BURST = 200;

type Writer = WritableStreamDefaultWriter<Uint8Array>;

/** The newest error that the media handler sent, once there are `count`. */
async function errorCode(client: TestClient, count = 1): Promise<ErrorCode> {
  await client.until(() => client.errors.length >= count);
  return client.errors.at(-1)!.code;
}

/** Deno tells a sender that it was stopped when it writes again. */
async function assertStopped(writer: Writer): Promise<void> {
  const isStopped = () => writer.write(new Uint8Array(1)).then(() => false, () => true);
  await eventually("the sender is told to stop", STOP_LIMIT_MS, isStopped);
}

/** A stream that is refused: its sender is told why and to stop, and the session lives on. */
function refusedStream(
  code: ErrorCode,
  commit: (intruder: Intruder, stack: AttackedStack) => Promise<Writer>,
): Attack {
  return async (attacker, stack) => {
    const intruder = await attacker.intrude();
    const { media, cameraId } = intruder;
    const writer = await commit(intruder, stack);
    assert.equal(await errorCode(media), code);
    await assertStopped(writer);
    const good = await media.publish(cameraId);
    const { bytes } = makeFrame({ streamId: cameraId, sequence: 0, type: FrameType.videoKey });
    await good.write(bytes);
    await media.until(() => media.reported.size > 0);
    assert.equal(media.errors.length, 1);
  };
}

/** What is sent on a stream that was announced. */
function refusedFrames(bytesFor: (cameraId: string) => Uint8Array, ends = false): Attack {
  return refusedStream(ErrorCode.STREAM_ERROR, async ({ media, cameraId }) => {
    const writer = await media.publish(cameraId);
    // The media handler may stop the stream before all is written.
    await writer.write(bytesFor(cameraId)).catch(() => undefined);
    if (ends) await writer.close().catch(() => undefined);
    return writer;
  });
}

/** A session without authentication that is told `code` and ended with `closeCode`. */
function endedSession(
  code: ErrorCode,
  closeCode: CloseCode,
  commit: (client: TestClient, joinToken: string) => Promise<void>,
): Attack {
  return async (attacker) => {
    const grant = await attacker.grant();
    const client = await attacker.media(grant);
    await commit(client, grant.joinToken);
    assert.equal(await errorCode(client), code);
    assert.equal(await closeCodeOf(client.session), closeCode);
  };
}

/** Sends `datagram` very often, but lets the honest clients of this process have their turns. */
async function flood(client: TestClient, datagram: Uint8Array): Promise<void> {
  for (let sent = 0; sent < FLOOD_DATAGRAMS; sent += FLOOD_BURST) {
    for (let i = 0; i < FLOOD_BURST; i++) client.sendDatagram(datagram).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const { videoKey } = FrameType;

const ATTACKS: Record<string, Attack> = {
  "a connection token that is none": endedSession(
    ErrorCode.UNAUTHORIZED,
    CloseCode.unauthorized,
    (client) => client.send({ case: "authenticate", value: { connectionToken: "guess" } }),
  ),

  "the join token of the meeting controller": endedSession(
    ErrorCode.UNAUTHORIZED,
    CloseCode.unauthorized,
    (client, connectionToken) => client.send({ case: "authenticate", value: { connectionToken } }),
  ),

  "requests before authentication": endedSession(
    ErrorCode.INVALID_REQUEST,
    CloseCode.invalidRequest,
    async (client) => {
      const value = { streamId: crypto.randomUUID() };
      for (let i = 0; i < 3; i++) await client.send({ case: "keyFrameRequest", value });
    },
  ),

  "a control message of 64 KiB and a byte": endedSession(
    ErrorCode.INVALID_REQUEST,
    CloseCode.invalidRequest,
    (client) => {
      const bytes = new Uint8Array(4 + MAX_MESSAGE_LENGTH + 1);
      new DataView(bytes.buffer).setUint32(0, MAX_MESSAGE_LENGTH + 1);
      return client.sendBytes(bytes).catch(() => undefined);
    },
  ),

  "control messages that are no protobuf": endedSession(
    ErrorCode.INVALID_REQUEST,
    CloseCode.invalidRequest,
    async (client) => {
      for (let i = 0; i < 3; i++) {
        await client.sendBytes(frameMessage(new Uint8Array(500).fill(0xff)));
      }
    },
  ),

  "half a control message and the end of the stream": endedSession(
    ErrorCode.INVALID_REQUEST,
    CloseCode.invalidRequest,
    async (client) => {
      await client.sendBytes(new Uint8Array([0, 0, 0, 9, 1]));
      await client.endControl();
    },
  ),

  "a connection token that someone uses": async (attacker) => {
    const grant = await attacker.grant();
    const signaling = await attacker.signaling(grant);
    const { mediaServer } = await signaling.request(
      await attacker.joinRequest(grant),
      "joinResponse",
    );
    const older = await attacker.media(grant);
    await older.authenticate(mediaServer!.connectionToken);
    const newer = await attacker.media(grant);
    await newer.authenticate(mediaServer!.connectionToken);
    assert.equal(await closeCodeOf(older.session), CloseCode.superseded);
  },

  "a stream of garbage": refusedStream(ErrorCode.STREAM_ERROR, async ({ media }) => {
    const writer = await media.openStream();
    await writer.write(new Uint8Array(5_000).fill(0xff)).catch(() => undefined);
    return writer;
  }),

  "a stream that was not announced": refusedStream(
    ErrorCode.STREAM_ERROR,
    ({ media }) => media.publish(crypto.randomUUID()),
  ),

  "the stream of someone else": refusedStream(
    ErrorCode.FORBIDDEN,
    ({ media }, { meeting }) => media.publish(meeting.streamId),
  ),

  "garbage instead of frames": refusedFrames(() => new Uint8Array(5_000).fill(0xff)),

  "a frame of another stream": refusedFrames(() =>
    makeFrame({ streamId: crypto.randomUUID(), sequence: 0, type: videoKey }).bytes
  ),

  "half a frame and the end of the stream": refusedFrames(
    (streamId) => makeFrame({ streamId, sequence: 0, type: videoKey }).bytes.subarray(0, 60),
    true,
  ),

  "a frame of 2 MiB and a byte announced": refusedFrames((streamId) => {
    const { bytes } = makeFrame({ streamId, sequence: 0, type: videoKey });
    const payloadLength = MAX_FRAME_LENGTH + 1 - (bytes.length - 100);
    new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, payloadLength);
    return bytes;
  }),

  "frames that nobody can decrypt": async (attacker) => {
    const { media, cameraId } = await attacker.intrude();
    const writer = await media.publish(cameraId);
    for (let sequence = 0; sequence < 50; sequence++) {
      const type = sequence % 10 === 0 ? videoKey : FrameType.videoDelta;
      await writer.write(makeFrame({ streamId: cameraId, sequence, type }).bytes);
    }
    await media.until(() => media.reported.size > 0);
    assert.equal(media.errors.length, 0);
  },

  "streams of garbage without end": async (attacker) => {
    const { media } = await attacker.intrude();
    for (let sent = 1; sent <= MAX_STREAM_ERRORS; sent++) {
      const writer = await media.openStream();
      await writer.write(new Uint8Array(24)).catch(() => undefined);
      await writer.close().catch(() => undefined);
      await media.until(() => media.errors.length >= sent);
    }
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "streams of garbage before authentication": async (attacker) => {
    const client = await attacker.media();
    for (let sent = 0; sent < MAX_STREAM_ERRORS; sent++) {
      const writer = await client.openStream();
      await writer.write(new Uint8Array(24)).catch(() => undefined);
      await writer.close().catch(() => undefined);
    }
    assert.equal(await closeCodeOf(client.session), CloseCode.invalidRequest);
  },

  "more reported than was sent": async (attacker) => {
    const { media } = await attacker.intrude();
    await media.until(() => media.streams.some(({ header }) => header !== undefined));
    const { deliveryNumber } = media.streams[0]!.header!;
    for (let sent = 0; sent < MAX_DATAGRAM_VIOLATIONS; sent++) {
      await media.report(deliveryNumber, Number.MAX_SAFE_INTEGER);
    }
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of malformed reports": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(2, 0, 1));
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of malformed sound": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(3, 0, 1));
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of datagrams of an unknown type": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(9, 0, 1));
    assert.equal(media.errors.length, 0);
  },

  "a flood of sound of someone else": async (attacker, { meeting }) => {
    const { media } = await attacker.intrude();
    const sketch = { streamId: meeting.streamId, sequence: 0, type: FrameType.audio };
    await flood(media, encodeAudioDatagram(0, 0, [makeFrame(sketch).bytes]));
    assert.equal(await errorCode(media), ErrorCode.FORBIDDEN);
    assert.equal(media.errors.length, 1);
  },

  "a flood of reports of nothing new": async (attacker) => {
    const { media } = await attacker.intrude();
    await media.until(() => media.streams.some(({ header }) => header !== undefined));
    const { deliveryNumber } = media.streams[0]!.header!;
    const datagrams = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
    const streams = [{ deliveryNumber, receivedBytes: 1, points: [] }];
    const [datagram] = encodeArrivalReport({ datagrams, streams });
    await flood(media, datagram!);
    const before = media.streams[0]!.frames.length;
    await media.until(() => media.streams[0]!.frames.length > before);
  },
};

Deno.test("a media handler endures bad media", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
