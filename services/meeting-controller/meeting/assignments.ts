import type { MediaHandler } from "../placement/media_handlers.ts";
import { MAX_REVOCATIONS } from "../token/revocations.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "./refusal.ts";

/** Most meetings that are assigned to this process and not owned here yet. */
export const MAX_ASSIGNMENTS = 10_000;
/** How long an assignment that nobody uses is remembered, milliseconds. */
export const ASSIGNMENT_LIFETIME_MS = 15 * 60 * 1000;

/** What the global controller said of a meeting before anybody came. */
export interface Assignment {
  settings: MeetingSettings;
  /** Chosen early, so that clients can connect before they join. */
  mediaHandler: MediaHandler | undefined;
  /** Tokens that let nobody in. */
  readonly revokedTokens: Set<string>;
  /** Participants who do not come in any more. */
  readonly ejected: Set<string>;
  /** When it was made or changed, monotonic milliseconds. */
  atMs: number;
}

/** Meetings that the global controller sent here, until somebody comes; bounded, the oldest go. */
export class Assignments {
  /** The one that changed first comes first. */
  readonly #known = new Map<string, Assignment>();

  find(meetingId: string): Assignment | undefined {
    return this.#known.get(meetingId);
  }

  /** Remembers the assignment. A media handler that was chosen before stays while it lives. */
  put(
    meetingId: string,
    settings: MeetingSettings,
    choose: () => MediaHandler | undefined,
    nowMs: number,
  ): Assignment {
    const before = this.take(meetingId);
    const chosen = before?.mediaHandler;
    const assignment: Assignment = {
      settings,
      mediaHandler: chosen?.gone.aborted === false ? chosen : choose(),
      revokedTokens: before?.revokedTokens ?? new Set(),
      ejected: before?.ejected ?? new Set(),
      atMs: nowMs,
    };
    for (const [oldest, { atMs }] of this.#known) {
      if (this.#known.size < MAX_ASSIGNMENTS && nowMs - atMs < ASSIGNMENT_LIFETIME_MS) break;
      this.#known.delete(oldest);
    }
    this.#known.set(meetingId, assignment);
    return assignment;
  }

  /** The assignment, which is not kept any longer. */
  take(meetingId: string): Assignment | undefined {
    const assignment = this.#known.get(meetingId);
    this.#known.delete(meetingId);
    return assignment;
  }

  /**
   * Remembers who does not get in; nothing happens when the meeting is not assigned here.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when there are too many.
   */
  refuse(meetingId: string, out: { tokenIds?: readonly string[]; participantId?: string }): void {
    const assignment = this.find(meetingId);
    if (assignment === undefined) return;
    const { revokedTokens, ejected } = assignment;
    for (const tokenId of out.tokenIds ?? []) revokedTokens.add(tokenId);
    if (out.participantId !== undefined) ejected.add(out.participantId);
    if (revokedTokens.size + ejected.size > MAX_REVOCATIONS) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "too many tokens of the meeting are revoked");
    }
  }
}
