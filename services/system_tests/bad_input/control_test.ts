import assert from "node:assert/strict";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
  type StreamViewSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { MAX_CONTROL_MESSAGES_PER_SECOND, MAX_VIEWS } from "../../media-handler/limits.ts";
import { CloseCode } from "../../media-handler/session/close_code.ts";
import type { TestClient } from "../../media-handler/testing/test_client.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { closeCodeOf, errorCode } from "./attacker.ts";

type View = MessageInitShape<typeof StreamViewSchema>;

/** The largest number of 32 bits: -1 and NaN of careless encoders. */
const MAX_UINT32 = 0xffff_ffff;
/** So many are refused by the limit of a second unless it takes ten seconds to send them. */
const FLOOD_VIEWS = 10 * MAX_CONTROL_MESSAGES_PER_SECOND;

/** A session without authentication that is told INVALID_REQUEST and ended. */
function endedSession(commit: (client: TestClient) => Promise<void>): Attack {
  return async (attacker) => {
    const client = await attacker.media();
    await commit(client);
    assert.equal(await errorCode(client), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(client.session), CloseCode.invalidRequest);
  };
}

/** Pictures go on at the client. */
async function assertServed(client: TestClient): Promise<void> {
  const before = client.streams.reduce((sum, { frames }) => sum + frames.length, 0);
  await client.until(() => {
    return client.streams.reduce((sum, { frames }) => sum + frames.length, 0) > before + 10;
  });
}

/** A view request of a participant that is refused, while the session lives on. */
function refusedViews(make: () => View[]): Attack {
  return async (attacker) => {
    const { media } = await attacker.intrude();
    await media.send({ case: "viewRequest", value: { views: make() } });
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    await assertServed(media);
    assert.equal(media.errors.length, 1);
  };
}

/** Asks for views as anyone may, whatever they name: the session is served on. */
function servedViews(make: (streamId: string) => View[]): Attack {
  return async (attacker, { meeting }) => {
    const { media } = await attacker.intrude();
    await media.send({ case: "viewRequest", value: { views: make(meeting.streamId) } });
    await assertServed(media);
    assert.equal(media.errors.length, 0);
  };
}

function unknownViews(count: number): View[] {
  return Array.from({ length: count }, () => ({
    streamId: crypto.randomUUID(),
    width: 320,
    height: 180,
  }));
}

const ATTACKS: Record<string, Attack> = {
  "requests before authentication": endedSession(
    async (client) => {
      const value = { streamId: crypto.randomUUID() };
      for (let i = 0; i < 3; i++) await client.send({ case: "keyFrameRequest", value });
    },
  ),

  "a control message of 64 KiB and a byte": endedSession(
    (client) => {
      const bytes = new Uint8Array(4 + MAX_MESSAGE_LENGTH + 1);
      new DataView(bytes.buffer).setUint32(0, MAX_MESSAGE_LENGTH + 1);
      return client.sendBytes(bytes).catch(() => undefined);
    },
  ),

  "control messages that are no protobuf": endedSession(
    async (client) => {
      for (let i = 0; i < 3; i++) {
        await client.sendBytes(frameMessage(new Uint8Array(500).fill(0xff)));
      }
    },
  ),

  "half a control message and the end of the stream": endedSession(
    async (client) => {
      await client.sendBytes(new Uint8Array([0, 0, 0, 9, 1]));
      await client.endControl();
    },
  ),

  "a view of 10,000 streams": async (attacker) => {
    const { media } = await attacker.intrude();
    const bytes = toBinary(
      MediaClientEnvelopeSchema,
      create(MediaClientEnvelopeSchema, {
        version: 1,
        message: { case: "viewRequest", value: { views: unknownViews(10_000) } },
      }),
    );
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    await media.sendBytes(Uint8Array.from([...length, ...bytes])).catch(() => undefined);
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a view of more streams than there may be": refusedViews(() => unknownViews(MAX_VIEWS + 1)),

  "a view of what is no stream": refusedViews(() => [{ streamId: "__proto__", width: 1 }]),

  "a view of one stream twice": refusedViews(() => {
    const [view] = unknownViews(1);
    return [view!, view!];
  }),

  "a view of streams that nobody has": servedViews(() => unknownViews(MAX_VIEWS)),

  "a picture of 4 billion by 4 billion pixels": servedViews((streamId) => [
    { streamId, width: MAX_UINT32, height: MAX_UINT32, maxBitrate: MAX_UINT32, focused: true },
  ]),

  "a picture of 1 by 4 billion pixels at a bit a second": servedViews((streamId) => [
    { streamId, width: 1, height: MAX_UINT32, maxBitrate: 1 },
  ]),

  "another view as often as it can": async (attacker) => {
    const { media } = await attacker.intrude();
    let sent = 0;
    // A busy machine may need longer than a second for as many as one second may have.
    for (; media.errors.length === 0 && sent < FLOOD_VIEWS; sent++) {
      await media.send({ case: "viewRequest", value: { views: unknownViews(MAX_VIEWS) } })
        .catch(() => undefined);
    }
    assert.equal(await errorCode(media), ErrorCode.RATE_LIMITED);
    assert.ok(sent > MAX_CONTROL_MESSAGES_PER_SECOND);
    assert.equal(await closeCodeOf(media.session), CloseCode.overLimit);
  },

  "what only a server sends": async (attacker, { meeting }) => {
    const { media } = await attacker.intrude();
    const { streamId } = meeting;
    const layers = [{ spatialLayer: 0, maxBitrate: 0 }];
    const demand = create(MediaServerEnvelopeSchema, {
      version: 1,
      message: { case: "layerDemand", value: { streamId, layers } },
    });
    await media.sendBytes(frameMessage(toBinary(MediaServerEnvelopeSchema, demand)));
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    await assertServed(media);
    assert.equal(media.errors.length, 1);
  },

  "a second control stream": async (attacker) => {
    const { media } = await attacker.intrude();
    const extra = await media.session.createBidirectionalStream();
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    for await (const _ of extra.readable);
    await assertServed(media);
    assert.equal(media.errors.length, 1);
  },
};

Deno.test("a media handler endures bad control messages", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
