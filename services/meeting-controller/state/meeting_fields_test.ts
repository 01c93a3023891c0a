import { deepEqual, equal } from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  MeetingRecordSchema,
  ParticipantRecordSchema,
  PollRecordSchema,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  MessageReceivedSchema,
  VoteReceivedSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import {
  type MeetingField,
  restoreMeeting,
  storedMessage,
  storedParticipant,
  storedPoll,
  storedRecord,
  storedVote,
} from "./meeting_fields.ts";

const meeting = create(MeetingRecordSchema, { mediaHandlerId: "h", lastMessageNumber: 10n });
const participant = create(ParticipantRecordSchema, { participantId: "p", name: "Ada" });
const message = (number: bigint) => create(MessageReceivedSchema, { number, senderId: "p" });
const poll = create(PollRecordSchema, { pollId: "q", senderId: "p" });
const vote = create(VoteReceivedSchema, { pollId: "q", senderId: "p" });

function restore(fields: readonly MeetingField[]) {
  const warnings: unknown[] = [];
  const log = { warn: (_: string, fields: unknown) => warnings.push(fields) } as unknown as Logger;
  return { restored: restoreMeeting({ fields: new Map(fields), nowMs: 7 }, log), warnings };
}

Deno.test("what was stored of a meeting is restored, its messages in the order of their numbers", () => {
  const { restored, warnings } = restore([
    storedMessage(message(10n)),
    storedMessage(message(9n)),
    storedVote(vote),
    storedPoll(poll),
    storedParticipant(participant),
    storedRecord(meeting),
  ]);
  deepEqual(restored, {
    meeting,
    participants: [participant],
    messages: [message(9n), message(10n)],
    polls: [poll],
    votes: [vote],
    nowMs: 7,
  });
  deepEqual(warnings, []);
});

Deno.test("of a meeting without fields nothing is restored", () => {
  equal(restore([]).restored, undefined);
});

Deno.test("a field that cannot be read, is not known or holds another's record costs the rest nothing", () => {
  const { restored, warnings } = restore([
    ["participant:x", Uint8Array.of(0xff)],
    ["participant:y", storedParticipant(participant)[1]],
    ["reaction:1", new Uint8Array()],
    storedParticipant(participant),
  ]);
  deepEqual(restored?.participants, [participant]);
  deepEqual(warnings, [{ fields: 3, first: "participant:x" }]);
});

Deno.test("counters go on after what they counted, though the meeting's own field is lost", () => {
  const raised = create(ParticipantRecordSchema, { participantId: "p", handRaised: 3n });
  const { restored } = restore([storedMessage(message(4n)), storedParticipant(raised)]);
  equal(restored?.meeting.lastMessageNumber, 4n);
  equal(restored?.meeting.lastHandNumber, 3n);
});
