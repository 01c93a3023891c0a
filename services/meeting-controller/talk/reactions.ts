import type { SendReaction } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import type { Participant } from "../participant/participant.ts";
import { checkMayTalk, MAX_REACTION_CONTENT_LENGTH, readContent } from "./content.ts";

/** Reactions: told to everyone, also to who reacts, and kept nowhere. */
export class Reactions {
  constructor(private readonly context: MeetingContext) {}

  /** @throws {Refusal} FORBIDDEN without the grant, INVALID_REQUEST. */
  send(sender: Participant, request: Pick<SendReaction, "content">): void {
    checkMayTalk(sender);
    const content = readContent(request.content, MAX_REACTION_CONTENT_LENGTH);
    this.context.roster.broadcast({
      case: "reactionReceived",
      value: { senderId: sender.id, content },
    });
  }
}
