import type { PublishedStream } from "../../../core/meeting/meeting_state.ts";

/** Which of the own streams a moderator muted, from one snapshot of the meeting to the next. */
export class ModeratorMutes {
  #held: ReadonlySet<string> = new Set();

  /** Whether a moderator muted this stream, and it still is. */
  has(streamId: string): boolean {
    return this.#held.has(streamId);
  }

  /** Takes the newest snapshot; returns the streams that were muted since the one before. */
  follow(streams: readonly PublishedStream[]): string[] {
    const before = this.#held;
    this.#held = new Set(
      streams.filter(({ muted, mutedByModerator }) => muted && mutedByModerator)
        .map(({ streamId }) => streamId),
    );
    return [...this.#held.difference(before)];
  }
}
