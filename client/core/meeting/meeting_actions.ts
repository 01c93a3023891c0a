import type { MeetingRole, StreamType } from "./meeting_state.ts";

/**
 * What people do in a meeting beyond sending media. Each resolves when the controller has
 * acknowledged it, wherever that is by then: what is asked while the session is being resumed waits
 * for it, at most as long as any request.
 *
 * They reject with {@link MeetingActionError}.
 */
export interface MeetingActions {
  raiseHand(raised: boolean): Promise<void>;
  /** At most {@link MAX_MESSAGE_LENGTH} characters. @param recipientId undefined: to everyone. */
  sendMessage(text: string, recipientId?: string): Promise<void>;
  /** Shows an emoji to everyone for a moment. */
  react(emoji: string): Promise<void>;
  vote(pollId: string, option: number): Promise<void>;

  // Of hosts and co-hosts.

  openPoll(question: string, options: readonly string[]): Promise<void>;
  closePoll(pollId: string): Promise<void>;
  /** @param participantId undefined: of everyone who does not moderate. */
  mute(type: "audio" | "camera", participantId?: string): Promise<void>;
  askToUnmute(participantId: string, type: "audio" | "camera"): Promise<void>;
  /** Ends another's stream, such as a shared screen. */
  stopStream(streamId: string): Promise<void>;
  /** @param participantId undefined: all hands. */
  lowerHand(participantId?: string): Promise<void>;
  /** @param options.ban does not come back. */
  remove(participantId: string, options: { readonly ban: boolean }): Promise<void>;
  changeRole(participantId: string, role: MeetingRole): Promise<void>;
  setLocked(locked: boolean): Promise<void>;
  setLobby(enabled: boolean): Promise<void>;
  /** @param participantIds empty: everyone who waits. */
  decideAdmission(participantIds: readonly string[], admit: boolean): Promise<void>;

  /** Ends the meeting for everyone, for good; of hosts. */
  endForAll(): Promise<void>;
}

/** Longest chat message, UTF-16 units: 16 KiB of UTF-8 in the worst case. */
export const MAX_MESSAGE_LENGTH = 4_000;
/** Longest question or option of a poll, UTF-16 units. */
export const MAX_POLL_TEXT_LENGTH = 300;
/** Most options of a poll. */
export const MAX_POLL_OPTIONS = 10;

/** Why an action was not done. */
export type ActionFailure =
  /** One's role or grants do not allow it. */
  | "not-allowed"
  /** Whoever or whatever it was about is not there any more. */
  | "gone"
  /** Too much at once. */
  | "too-many"
  /** The controller does not answer, or cannot make sure of anything now. */
  | "unavailable"
  /** Not in a meeting, or the request was wrong. */
  | "invalid";

/** An action was not done. */
export class MeetingActionError extends Error {
  override readonly name = "MeetingActionError";
  constructor(readonly reason: ActionFailure, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What others did that concerns oneself, or passes. */
export interface MeetingNotices {
  /** Somebody, also oneself, reacted. */
  onReaction?(reaction: { readonly participantId: string; readonly emoji: string }): void;
  /** A moderator asks oneself to unmute. */
  onUnmuteAsked?(asked: {
    readonly participantId: string;
    readonly type: Extract<StreamType, "audio" | "camera">;
  }): void;
  /** A moderator ended an own stream. */
  onStreamStopped?(streamId: string): void;
}
