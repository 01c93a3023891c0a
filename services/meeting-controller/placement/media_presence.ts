import type { MediaPresence } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";

/** Whether somebody's media is connected. */
export type Presence = Pick<MediaPresence, "meetingId" | "participantId" | "connected">;

/** Most participants of one media handler whose presence is remembered. */
export const MAX_PRESENT = 100_000;

/**
 * Who is connected to one media handler, of all meetings: a meeting that is taken over has to know
 * at once whose media stands.
 */
export class ConnectedParticipants {
  readonly #byMeeting = new Map<string, Set<string>>();
  #size = 0;

  /** Those of the meeting. */
  of(meetingId: string): Iterable<string> {
    return this.#byMeeting.get(meetingId) ?? [];
  }

  /** @returns whether that was news. */
  note({ meetingId, participantId, connected }: Presence): boolean {
    const known = this.#byMeeting.get(meetingId) ?? new Set();
    if (known.has(participantId) === connected) return false;
    if (connected) {
      if (this.#size >= MAX_PRESENT) return false;
      this.#byMeeting.set(meetingId, known.add(participantId));
      this.#size++;
    } else {
      known.delete(participantId);
      this.#size--;
      if (known.size === 0) this.#byMeeting.delete(meetingId);
    }
    return true;
  }

  /**
   * What a first report says, which names everyone who is connected.
   *
   * @returns the news: also those who are not named any more.
   */
  replace(named: readonly Presence[]): Presence[] {
    const key = ({ meetingId, participantId }: { meetingId: string; participantId: string }) =>
      `${meetingId} ${participantId}`;
    const connected = new Set(named.filter((entry) => entry.connected).map(key));
    const gone = this.#all().filter((entry) => !connected.has(key(entry)))
      .map((entry) => ({ ...entry, connected: false }));
    return [...gone, ...named].filter((entry) => this.note(entry));
  }

  #all(): { meetingId: string; participantId: string }[] {
    return [...this.#byMeeting].flatMap(([meetingId, ids]) =>
      [...ids].map((participantId) => ({ meetingId, participantId }))
    );
  }
}
