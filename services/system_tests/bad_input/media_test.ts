import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  FrameOffset,
  FrameType,
  MAX_FRAME_LENGTH,
} from "../../../proto/media_frame/frame_header.ts";
import { MAX_STREAM_ERRORS } from "../../media-handler/limits.ts";
import { CloseCode } from "../../media-handler/session/close_code.ts";
import { makeFrame } from "../../media-handler/testing/frames.ts";
import type { TestClient } from "../../media-handler/testing/test_client.ts";
import { eventually } from "../eventually.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { closeCodeOf, errorCode, type Intruder } from "./attacker.ts";

/** How long a sender may go on writing after it was told why it is refused, milliseconds. */
const STOP_LIMIT_MS = 2_000;
/** How soon a refusal is in the log, milliseconds. */
const AUDIT_LIMIT_MS = 1_000;

type Writer = WritableStreamDefaultWriter<Uint8Array>;

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

  "a stream of someone else, by a copied token": async (attacker, stack) => {
    const [mallory, trudy] = [await attacker.intrude(), await attacker.intrude()];
    const copied = await attacker.media();
    await copied.authenticate(mallory.connectionToken);
    await copied.publish(trudy.cameraId);
    assert.equal(await errorCode(copied), ErrorCode.FORBIDDEN);
    await eventually(
      "the refusal is audited",
      AUDIT_LIMIT_MS,
      () =>
        stack.logged("media-handler").some(({ level, message, participant_id, metadata }) =>
          level === "warn" && message === "published stream refused" &&
          participant_id === mallory.participantId && metadata.streamId === trudy.cameraId
        ),
    );
  },

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
};

Deno.test("a media handler endures bad media", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
