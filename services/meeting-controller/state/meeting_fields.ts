import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type MeetingRecord,
  MeetingRecordSchema,
  type ParticipantRecord,
  ParticipantRecordSchema,
  type PollRecord,
  PollRecordSchema,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  type MessageReceived,
  MessageReceivedSchema,
  type VoteReceived,
  VoteReceivedSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { StoredMeeting } from "./meeting_state_store.ts";
import type { RestoredMeeting } from "./restored_meeting.ts";

/** A field of a stored meeting: its name and what it holds. `notes.set(...field)` notes it. */
export type MeetingField = readonly [name: string, bytes: Uint8Array];

/** Name of the field of the meeting itself, a {@link MeetingRecord}. */
export const MEETING_FIELD = "meeting";

/** Name of the field of somebody whose session lives, a {@link ParticipantRecord}. */
export const participantField = (participantId: string): string => `participant:${participantId}`;

/** Name of the field of a message, a {@link MessageReceived}. */
export const messageField = (number: bigint): string => `message:${number}`;

/** Name of the field of a poll, a {@link PollRecord}. */
export const pollField = (pollId: string): string => `poll:${pollId}`;

/** Name of the field of somebody's vote, a {@link VoteReceived}. */
export const voteField = (pollId: string, participantId: string): string =>
  `vote:${pollId}:${participantId}`;

/** The meeting's own record as it is stored. */
export function storedRecord(record: MeetingRecord): MeetingField {
  return [MEETING_FIELD, toBinary(MeetingRecordSchema, record)];
}

/** A participant as it is stored. */
export function storedParticipant(record: ParticipantRecord): MeetingField {
  return [participantField(record.participantId), toBinary(ParticipantRecordSchema, record)];
}

/** A message as it is stored. */
export function storedMessage(message: MessageReceived): MeetingField {
  return [messageField(message.number), toBinary(MessageReceivedSchema, message)];
}

/** A poll as it is stored. */
export function storedPoll(record: PollRecord): MeetingField {
  return [pollField(record.pollId), toBinary(PollRecordSchema, record)];
}

/** A vote as it is stored. */
export function storedVote(vote: VoteReceived): MeetingField {
  return [voteField(vote.pollId, vote.senderId), toBinary(VoteReceivedSchema, vote)];
}

/**
 * What the fields of a stored meeting mean. A field that cannot be read, or is not under its own
 * name, is left out and logged: the rest of the meeting goes on.
 *
 * @param log with the meeting's id among its fields.
 * @returns undefined when nothing was stored.
 */
export function restoreMeeting(stored: StoredMeeting, log: Logger): RestoredMeeting | undefined {
  if (stored.fields.size === 0) return undefined;
  const found: FoundRecords = { participants: [], messages: [], polls: [], votes: [] };
  const unreadable: string[] = [];
  for (const [name, bytes] of stored.fields) {
    try {
      addRecord(found, name, bytes);
    } catch {
      unreadable.push(name);
    }
  }
  if (unreadable.length > 0) {
    log.warn("stored fields left out", { fields: unreadable.length, first: unreadable[0] });
  }
  found.messages.sort((one, other) => Number(one.number - other.number));
  return { ...found, meeting: completeRecord(found), nowMs: stored.nowMs };
}

interface FoundRecords {
  meeting?: MeetingRecord;
  participants: ParticipantRecord[];
  messages: MessageReceived[];
  polls: PollRecord[];
  votes: VoteReceived[];
}

/** @throws {Error} when the field cannot be read, or holds what belongs under another name. */
function addRecord(found: FoundRecords, name: string, bytes: Uint8Array): void {
  switch (name.split(":", 1)[0]) {
    case "meeting":
      requireName(name, MEETING_FIELD);
      found.meeting = fromBinary(MeetingRecordSchema, bytes);
      return;
    case "participant": {
      const record = fromBinary(ParticipantRecordSchema, bytes);
      requireName(name, participantField(record.participantId));
      found.participants.push(record);
      return;
    }
    case "message": {
      const message = fromBinary(MessageReceivedSchema, bytes);
      requireName(name, messageField(message.number));
      found.messages.push(message);
      return;
    }
    case "poll": {
      const record = fromBinary(PollRecordSchema, bytes);
      requireName(name, pollField(record.pollId));
      found.polls.push(record);
      return;
    }
    case "vote": {
      const vote = fromBinary(VoteReceivedSchema, bytes);
      requireName(name, voteField(vote.pollId, vote.senderId));
      found.votes.push(vote);
      return;
    }
    default:
      throw new Error(`no record is stored as ${name}`);
  }
}

function requireName(name: string, own: string): void {
  if (name !== own) throw new Error(`${name} holds what belongs to ${own}`);
}

/** The meeting's record, whose counters never lag behind what they counted. */
function completeRecord({ meeting, participants, messages }: FoundRecords): MeetingRecord {
  const record = meeting ?? create(MeetingRecordSchema);
  for (const { number } of messages) {
    if (number > record.lastMessageNumber) record.lastMessageNumber = number;
  }
  for (const { handRaised } of participants) {
    if (handRaised > record.lastHandNumber) record.lastHandNumber = handRaised;
  }
  return record;
}
