import type { Hands } from "../talk/hands.ts";
import type { Messages } from "../talk/messages.ts";
import type { Polls } from "../talk/polls.ts";
import type { Reactions } from "../talk/reactions.ts";
import type { Participant } from "../participant/participant.ts";
import type { ClientMessage } from "./client_message.ts";

/** What people say in a meeting; `Meeting` fits. */
export interface MeetingTalk {
  readonly hands: Hands;
  readonly messages: Messages;
  readonly reactions: Reactions;
  readonly polls: Polls;
}

/** A request to say something. */
export type TalkRequest = Extract<ClientMessage, {
  case: "raiseHand" | "sendMessage" | "sendReaction" | "openPoll" | "castVote" | "closePoll";
}>;

/**
 * Says what somebody wants to say; an acknowledgement answers it.
 *
 * @throws {Refusal}
 */
export function doTalkRequest(
  { hands, messages, reactions, polls }: MeetingTalk,
  participant: Participant,
  request: TalkRequest,
): void {
  switch (request.case) {
    case "raiseHand":
      return hands.set(participant, request.value.raised);
    case "sendMessage":
      return messages.send(participant, request.value);
    case "sendReaction":
      return reactions.send(participant, request.value);
    case "openPoll":
      return polls.open(participant, request.value);
    case "castVote":
      return polls.vote(participant, request.value);
    case "closePoll":
      return polls.close(participant, request.value.pollId);
  }
}
