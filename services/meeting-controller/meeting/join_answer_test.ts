import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  MediaServerInfoSchema,
  ParticipantSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { joinAnswer } from "./join_answer.ts";
import { encodeServerMessage } from "./server_message.ts";

const settings = {
  displayName: "x".repeat(200),
  maxParticipants: 500,
  e2eEncryption: true,
  locked: false,
  lobbyEnabled: false,
};
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

Deno.test("in a small meeting the answer names everyone", () => {
  const { answer, further } = joinAnswer({
    participantId: "p",
    existing: people(50),
    mediaServer,
    encryptionKeys: undefined,
    settings,
  });
  assert.ok(answer.case === "joinResponse");
  assert.equal(answer.value.existingParticipants?.length, 50);
  assert.deepEqual(further, []);
});

Deno.test("in a large meeting the answer fits a message and the rest follows, nobody twice", () => {
  const existing = people(500);
  const { answer, further } = joinAnswer({
    participantId: "p",
    existing,
    mediaServer,
    encryptionKeys: undefined,
    settings,
  });
  assert.ok(encodeServerMessage(1, answer).length <= MAX_MESSAGE_LENGTH);
  assert.ok(answer.case === "joinResponse");
  const named = answer.value.existingParticipants ?? [];
  const followed = further.map((event) => {
    assert.ok(event.case === "participantJoined");
    return event.value.participant;
  });
  assert.deepEqual([...named, ...followed], existing);
});
