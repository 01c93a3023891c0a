import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  JoinResponseSchema,
  type Knock,
  type MessageReceived,
  type Participant as ParticipantMessage,
  ParticipantSchema,
  type PollUpdated,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import type { ServerMessage } from "./server_message.ts";

/** What a message has around a join_response, and each entry of its lists around itself, bytes. */
const ENVELOPE_BYTES = 64;
const ENTRY_BYTES = 4;

/** The polls that so many bytes are enough for, and events for the others; `Polls` fits. */
export type PollsFor = (roomBytes: number) => {
  readonly fitting: readonly PollUpdated[];
  readonly further: readonly ServerMessage[];
};

/** What whoever joins or resumes is told. */
export interface Welcome {
  /** All of the answer but its lists. */
  readonly answer: MessageInitShape<typeof JoinResponseSchema>;
  readonly existing: readonly ParticipantMessage[];
  /** Who waits in the lobby. */
  readonly knocks: readonly Knock[];
  readonly polls: PollsFor;
  /** Messages that were missed. */
  readonly messages: readonly MessageReceived[];
}

/**
 * The answer to a join or resume, and the events to send right after it: a message has a bound, so
 * what it has no room for is told as if it had happened just now.
 */
export function joinAnswer(
  { answer, existing, knocks, polls, messages }: Welcome,
): { answer: ServerMessage; further: readonly ServerMessage[] } {
  const further: ServerMessage[] = [];
  const bytesOf = (fields: MessageInitShape<typeof JoinResponseSchema>) =>
    toBinary(JoinResponseSchema, create(JoinResponseSchema, fields)).length;
  let room = MAX_MESSAGE_LENGTH - ENVELOPE_BYTES - bytesOf(answer);

  let fitting = 0;
  for (const participant of existing) {
    const bytes = toBinary(ParticipantSchema, participant).length + ENTRY_BYTES;
    if (bytes > room) break;
    room -= bytes;
    fitting++;
  }
  for (const participant of existing.slice(fitting)) {
    further.push({ case: "participantJoined", value: { participant } });
  }
  const knocksBytes = bytesOf({ knocks: [...knocks] });
  const knocksFit = knocksBytes <= room;
  if (knocksFit) room -= knocksBytes;
  else further.push({ case: "lobbyUpdated", value: { knocks: [...knocks] } });
  const { fitting: fittingPolls, further: furtherPolls } = polls(room);
  further.push(...furtherPolls);
  for (const value of messages) further.push({ case: "messageReceived", value });
  return {
    answer: {
      case: "joinResponse",
      value: {
        ...answer,
        existingParticipants: existing.slice(0, fitting),
        polls: [...fittingPolls],
        knocks: knocksFit ? [...knocks] : [],
      },
    },
    further,
  };
}
