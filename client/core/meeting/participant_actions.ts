import { Role } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Answers, RequestCase, Requests } from "../signaling/requests.ts";
import type { ContentAddress } from "../crypto/message_protection.ts";
import type { SpokenContent } from "../talk/content.ts";
import { judgeAction } from "./action_failure.ts";
import {
  MAX_MESSAGE_LENGTH,
  MAX_POLL_OPTIONS,
  MAX_POLL_TEXT_LENGTH,
  MeetingActionError,
  type MeetingActions,
} from "./meeting_actions.ts";
import type { MeetingRole } from "./meeting_state.ts";
import { wireStreamType } from "./roster.ts";

/** Longest reaction, UTF-16 units: an emoji of several code points. */
const MAX_REACTION_LENGTH = 32;
const MIN_POLL_OPTIONS = 2;
const WIRE_ROLES: Readonly<Record<MeetingRole, Role>> = {
  host: Role.HOST,
  "co-host": Role.CO_HOST,
  participant: Role.PARTICIPANT,
};

/** What actions stand on: somebody who is in a meeting. */
export interface Actor {
  request<C extends RequestCase>(requestCase: C, value: Requests[C]): Promise<Answers[C]>;
  /** A content as it goes over the wire. */
  seal(address: ContentAddress, content: SpokenContent): Promise<Uint8Array>;
}

/** The actions of whoever is in a meeting, each one request. */
export abstract class ParticipantActions implements MeetingActions {
  /** Undefined outside a meeting. */
  protected abstract actor(): Actor | undefined;

  raiseHand(raised: boolean): Promise<void> {
    return this.#ask("raiseHand", { raised });
  }

  async sendMessage(text: string, recipientId?: string): Promise<void> {
    requireText(text, MAX_MESSAGE_LENGTH);
    const messageId = crypto.randomUUID();
    const content = await this.#seal(
      { kind: "message", id: messageId, recipientId },
      { case: "chatText", value: { text } },
    );
    await this.#ask("sendMessage", { messageId, recipientId: recipientId ?? "", content });
  }

  async react(emoji: string): Promise<void> {
    requireText(emoji, MAX_REACTION_LENGTH);
    const content = await this.#seal(
      { kind: "reaction", id: undefined, recipientId: undefined },
      { case: "reaction", value: { emoji } },
    );
    await this.#ask("sendReaction", { content });
  }

  async openPoll(question: string, options: readonly string[]): Promise<void> {
    if (options.length < MIN_POLL_OPTIONS || options.length > MAX_POLL_OPTIONS) {
      throw new MeetingActionError("invalid", `a poll of ${options.length} options`);
    }
    for (const text of [question, ...options]) requireText(text, MAX_POLL_TEXT_LENGTH);
    const pollId = crypto.randomUUID();
    const content = await this.#seal(
      { kind: "poll", id: pollId, recipientId: undefined },
      { case: "pollQuestion", value: { question, options: [...options] } },
    );
    await this.#ask("openPoll", { pollId, content });
  }

  async vote(pollId: string, option: number): Promise<void> {
    const content = await this.#seal(
      { kind: "vote", id: pollId, recipientId: undefined },
      { case: "pollVote", value: { option } },
    );
    await this.#ask("castVote", { pollId, content });
  }

  closePoll(pollId: string): Promise<void> {
    return this.#ask("closePoll", { pollId });
  }

  mute(type: "audio" | "camera", participantId?: string): Promise<void> {
    return this.#ask("muteParticipants", {
      streamType: wireStreamType(type),
      participantIds: participantId === undefined ? [] : [participantId],
    });
  }

  askToUnmute(participantId: string, type: "audio" | "camera"): Promise<void> {
    return this.#ask("askToUnmute", { participantId, streamType: wireStreamType(type) });
  }

  stopStream(streamId: string): Promise<void> {
    return this.#ask("stopStream", { streamId });
  }

  lowerHand(participantId?: string): Promise<void> {
    return this.#ask("lowerHand", { participantId: participantId ?? "" });
  }

  remove(participantId: string, { ban }: { readonly ban: boolean }): Promise<void> {
    return this.#ask("removeParticipant", { participantId, ban });
  }

  changeRole(participantId: string, role: MeetingRole): Promise<void> {
    return this.#ask("changeRole", { participantId, role: WIRE_ROLES[role] });
  }

  setLocked(locked: boolean): Promise<void> {
    return this.#ask("changeMeeting", { locked });
  }

  setLobby(enabled: boolean): Promise<void> {
    return this.#ask("changeMeeting", { lobbyEnabled: enabled });
  }

  decideAdmission(participantIds: readonly string[], admit: boolean): Promise<void> {
    return this.#ask("decideAdmission", { participantIds: [...participantIds], admit });
  }

  endForAll(): Promise<void> {
    return this.#ask("endMeeting", {});
  }

  async #ask<C extends RequestCase>(requestCase: C, value: Requests[C]): Promise<void> {
    try {
      await this.#requireActor().request(requestCase, value);
    } catch (error) {
      throw judgeAction(error);
    }
  }

  async #seal(address: ContentAddress, content: SpokenContent): Promise<Uint8Array> {
    try {
      return await this.#requireActor().seal(address, content);
    } catch (error) {
      throw judgeAction(error);
    }
  }

  #requireActor(): Actor {
    const actor = this.actor();
    if (actor === undefined) throw new MeetingActionError("invalid", "not in a meeting");
    return actor;
  }
}

function requireText(text: string, maxLength: number): void {
  if (text.trim() === "" || text.length > maxLength) {
    throw new MeetingActionError("invalid", `a text of ${text.length} characters`);
  }
}
