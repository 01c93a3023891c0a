import assert from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ConnectionState,
  LeaveReason,
  MediaStreamSchema,
  ParticipantSchema,
  Role,
  ServerEnvelopeSchema,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type { StreamType as Type } from "./meeting_state.ts";
import { reduceRoster, type Roster, rosterOf, wireStreamType } from "./roster.ts";

type Message = MessageInitShape<typeof ServerEnvelopeSchema>["message"];

function after(roster: Roster, ...messages: Message[]): Roster {
  return messages.reduce((current: Roster, message) => {
    const event = create(ServerEnvelopeSchema, { message }).message as SignalingEvent;
    return reduceRoster(current, event);
  }, roster);
}

function stream(streamId: string, muted = false) {
  return create(MediaStreamSchema, {
    streamId,
    streamType: StreamType.VIDEO_CAMERA,
    muted,
    metadata: {
      codec: "vp8",
      maxBitrate: 500_000,
      label: "Front",
      video: { width: 640, height: 360, framerate: 30 },
    },
  });
}

const ADA = create(ParticipantSchema, {
  participantId: "ada",
  name: "Ada",
  joinedAt: 1_700_000_000_000n,
  streams: [stream("a1")],
});
const BOB = create(ParticipantSchema, {
  participantId: "bob",
  name: "Bob",
  role: Role.CO_HOST,
  connection: ConnectionState.RECONNECTING,
  handRaised: 7n,
  signedIn: true,
});
const ROSTER = rosterOf([ADA, BOB]);

Deno.test("the roster says what the join response says", () => {
  assert.deepEqual(ROSTER, [
    {
      id: "ada",
      name: "Ada",
      joinedAtMs: 1_700_000_000_000,
      streams: [{
        streamId: "a1",
        type: "camera",
        codec: "vp8",
        muted: false,
        mutedByModerator: false,
        label: "Front",
        maxBitrateBps: 500_000,
        video: { width: 640, height: 360, framerate: 30 },
      }],
      role: "participant",
      connection: "connecting",
      handRaised: 0,
      signedIn: false,
    },
    {
      id: "bob",
      name: "Bob",
      joinedAtMs: 0,
      streams: [],
      role: "co-host",
      connection: "reconnecting",
      handRaised: 7,
      signedIn: true,
    },
  ]);
});

Deno.test("role, connection and hand of somebody known change in place", () => {
  const value = {
    participantId: "bob",
    role: Role.HOST,
    connection: ConnectionState.CONNECTED,
    handRaised: 0n,
  };
  const changed = after(ROSTER, { case: "participantUpdated", value });
  assert.deepEqual(changed[1], {
    ...ROSTER[1],
    role: "host",
    connection: "connected",
    handRaised: 0,
  });
  assert.equal(after(changed, { case: "participantUpdated", value }), changed);
});

Deno.test("participants come at the end and go", () => {
  const cleo = create(ParticipantSchema, { participantId: "cleo", name: "Cleo" });
  const joined = after(ROSTER, { case: "participantJoined", value: { participant: cleo } });
  assert.deepEqual(joined.map(({ id }) => id), ["ada", "bob", "cleo"]);
  assert.equal(joined[0], ROSTER[0]);
  const left = after(joined, {
    case: "participantLeft",
    value: { participantId: "ada", reason: LeaveReason.VOLUNTARY },
  });
  assert.deepEqual(left.map(({ id }) => id), ["bob", "cleo"]);
});

Deno.test("streams come, change and go, and nobody else is touched", () => {
  const published = after(ROSTER, {
    case: "streamPublished",
    value: { participantId: "bob", stream: stream("b1") },
  });
  assert.deepEqual(published[1]!.streams.map(({ streamId }) => streamId), ["b1"]);
  assert.equal(published[0], ROSTER[0]);
  const muted = after(published, {
    case: "streamUpdated",
    value: { participantId: "bob", stream: stream("b1", true) },
  });
  assert.equal(muted[1]!.streams[0]!.muted, true);
  assert.equal(published[1]!.streams[0]!.muted, false);
  const gone = after(muted, {
    case: "streamUnpublished",
    value: { participantId: "bob", streamId: "b1" },
  });
  assert.deepEqual(gone[1]!.streams, []);
});

Deno.test("an event about somebody or something unknown changes nothing", () => {
  const messages: Message[] = [
    { case: "participantLeft", value: { participantId: "nobody" } },
    { case: "participantJoined", value: {} },
    { case: "streamPublished", value: { participantId: "nobody", stream: stream("x") } },
    { case: "streamPublished", value: { participantId: "ada" } },
    { case: "streamUnpublished", value: { participantId: "ada", streamId: "x" } },
    { case: "keysDelivered", value: { senderId: "ada" } },
  ];
  for (const message of messages) assert.equal(after(ROSTER, message), ROSTER);
});

Deno.test("an announcement that comes twice leaves one participant and one stream", () => {
  const again = after(
    ROSTER,
    { case: "participantJoined", value: { participant: ADA } },
    { case: "streamPublished", value: { participantId: "ada", stream: stream("a1") } },
  );
  assert.deepEqual(again.map(({ id }) => id), ["bob", "ada"]);
  assert.equal(again[1]!.streams.length, 1);
});

Deno.test("every stream type has its own name on the wire", () => {
  const types: Type[] = ["audio", "camera", "screen", "screen-audio"];
  const roundTripped = types.map((type) => {
    const [participant] = rosterOf([
      create(ParticipantSchema, { streams: [{ streamType: wireStreamType(type) }] }),
    ]);
    return participant!.streams[0]!.type;
  });
  assert.deepEqual(roundTripped, types);
});
