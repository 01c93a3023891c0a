import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  KnockSchema,
  MediaServerInfoSchema,
  MessageReceivedSchema,
  ParticipantSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { joinAnswer } from "./join_answer.ts";
import { encodeServerMessage } from "./server_message.ts";

const mediaServer = create(MediaServerInfoSchema, {
  mediaHandlerUrl: "https://mh.test",
  connectionToken: "t".repeat(43),
  certificateHashes: [new Uint8Array(32)],
});
const people = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    create(ParticipantSchema, {
      participantId: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
      name: "🏔".repeat(100),
      encryptionKeys: { publicKey: new Uint8Array(65), keyId: "k".repeat(16) },
    }));

const joinResponse = {
  participantId: "00000000-0000-4000-8000-000000000000",
  displayName: "x".repeat(200),
  maxParticipants: 500,
  e2eEncryption: true,
  mediaServer,
};
const noPolls = () => ({ fitting: [], further: [] });
const rest = { answer: joinResponse, knocks: [], polls: noPolls, messages: [] };

Deno.test("in a small meeting the answer names everyone", () => {
  const { answer, further } = joinAnswer({ ...rest, existing: people(50) });
  assert.ok(answer.case === "joinResponse");
  assert.equal(answer.value.existingParticipants?.length, 50);
  assert.deepEqual(further, []);
});

Deno.test("in a large meeting the answer fits a message and the rest follows, nobody twice", () => {
  const existing = people(500);
  const { answer, further } = joinAnswer({ ...rest, existing });
  assert.ok(encodeServerMessage(1, answer, 2n ** 60n).length <= MAX_MESSAGE_LENGTH);
  assert.ok(answer.case === "joinResponse");
  const named = answer.value.existingParticipants ?? [];
  const followed = further.map((event) => {
    assert.ok(event.case === "participantJoined");
    return event.value.participant;
  });
  assert.deepEqual([...named, ...followed], existing);
});

Deno.test("knocks that the answer has no room for follow, and polls get the room that is left", () => {
  const knocks = people(200).map(({ participantId, name }) =>
    create(KnockSchema, { participantId, name })
  );
  const rooms: number[] = [];
  const { answer, further } = joinAnswer({
    ...rest,
    existing: people(100),
    knocks,
    polls: (room) => {
      rooms.push(room);
      return noPolls();
    },
  });
  assert.ok(answer.case === "joinResponse");
  assert.equal(answer.value.knocks?.length, 0);
  assert.deepEqual(further.map((event) => event.case), ["lobbyUpdated"]);
  assert.ok(encodeServerMessage(1, answer, 1n).length + rooms[0]! <= MAX_MESSAGE_LENGTH);
});

Deno.test("missed messages come last, in their order", () => {
  const messages = [7n, 8n].map((number) => create(MessageReceivedSchema, { number }));
  const { further } = joinAnswer({ ...rest, existing: people(500), messages });
  assert.deepEqual(
    further.slice(-2).map((event) => event.case === "messageReceived" && event.value.number),
    [7n, 8n],
  );
});
