import type { MediaServerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import type { Participant } from "../participant/participant.ts";
import type { Messages } from "../talk/messages.ts";
import type { Polls } from "../talk/polls.ts";
import { joinAnswer } from "./join_answer.ts";
import type { MeetingContext } from "./meeting_context.ts";
import type { ServerMessage } from "./server_message.ts";
import type { Tenure } from "./tenure.ts";

/** Most other controllers that a client is told. */
export const MAX_ALTERNATIVES = 8;

/** What whoever arrives gets beyond what everybody knows. */
export interface Arrival {
  readonly mediaServer: MediaServerInfo;
  readonly resumeSecret: Uint8Array;
  /** Undefined: a newcomer, who gets no messages of before. */
  readonly lastMessageNumber: bigint | undefined;
}

/** What a participant who joins or resumes is told, to be sent in this order. */
export function welcome(
  { state, messages, polls, lobby }: {
    readonly state: MeetingContext;
    readonly messages: Messages;
    readonly polls: Polls;
    readonly lobby: Lobby;
  },
  tenure: Pick<Tenure, "alternatives">,
  participant: Participant,
  { mediaServer, resumeSecret, lastMessageNumber }: Arrival,
): { answer: ServerMessage; further: readonly ServerMessage[] } {
  const { e2eEncryption, displayName, maxParticipants, locked, lobbyEnabled } = state.settings();
  const isNew = lastMessageNumber === undefined;
  const others = [...state.roster.participants()].filter((other) => other !== participant);
  return joinAnswer({
    answer: {
      participantId: participant.id,
      mediaServer,
      encryptionKeys: participant.encryptionKeys,
      e2eEncryption,
      displayName,
      maxParticipants,
      self: participant.describe(),
      meeting: { locked, lobbyEnabled },
      resumeSecret,
      alternatives: tenure.alternatives().slice(0, MAX_ALTERNATIVES),
      lastMessageNumber: messages.lastNumber,
    },
    existing: others.map((other) => other.describe()),
    knocks: participant.isModerator ? lobby.knocks() : [],
    polls: (roomBytes) => polls.forJoiner({ isNew, roomBytes }),
    messages: isNew
      ? []
      : messages.since(missedAfter(participant, lastMessageNumber), participant.id),
  });
}

/** A client may claim to know less than it does: what was said before it joined is not for it. */
function missedAfter({ joinedAfterMessage }: Participant, claimed: bigint): bigint {
  return claimed > joinedAfterMessage ? claimed : joinedAfterMessage;
}
