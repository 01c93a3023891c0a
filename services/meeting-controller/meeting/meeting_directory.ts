import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Meeting, type MeetingEnvironment } from "./meeting.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { Refusal } from "./refusal.ts";

/** Most meetings assigned to this process at a time. */
export const MAX_ASSIGNED_MEETINGS = 10_000;
/** How long an assignment is kept after the last use of its meeting, milliseconds. */
export const ASSIGNMENT_LIFETIME_MS = 15 * 60 * 1000;
/** How often those that nobody uses are looked for, milliseconds. */
export const SWEEP_INTERVAL_MS = 60 * 1000;

interface Assignment {
  readonly meeting: Meeting;
  lastUsedAtMs: number;
}

/** The meetings that the global controller assigned to this process. */
export class MeetingDirectory implements AsyncDisposable {
  /** The least recently used first. */
  readonly #assignments = new Map<string, Assignment>();
  readonly #environment: MeetingEnvironment;
  #cancelSweep: () => void = () => undefined;

  constructor(environment: MeetingEnvironment) {
    this.#environment = environment;
    this.#planSweep();
  }

  /** The meeting under these settings, new or not. Undefined when there is no room for it. */
  assign(meetingId: string, settings: MeetingSettings): Meeting | undefined {
    const known = this.#assignments.get(meetingId)?.meeting;
    if (known !== undefined) {
      known.configure(settings);
      this.#touch(meetingId);
      return known;
    }
    if (this.#assignments.size >= MAX_ASSIGNED_MEETINGS && !this.#forgetLeastRecentlyUsed()) {
      return undefined;
    }
    const meeting = new Meeting(meetingId, settings, this.#environment);
    this.#assignments.set(meetingId, { meeting, lastUsedAtMs: this.#environment.clock.now() });
    return meeting;
  }

  /** @throws {Refusal} NOT_FOUND: the global controller assigns the meeting again when asked. */
  find(meetingId: string): Meeting {
    const assignment = this.#assignments.get(meetingId);
    if (assignment === undefined) {
      throw new Refusal(
        ErrorCode.NOT_FOUND,
        "the meeting is not held here (any more); ask for a new join token",
      );
    }
    this.#touch(meetingId);
    return assignment.meeting;
  }

  /** The meeting if it is here; no use of it, as for measurements. */
  peek(meetingId: string): Meeting | undefined {
    return this.#assignments.get(meetingId)?.meeting;
  }

  /** Ejects the participant (`Meeting.eject`); nobody is here when the meeting is not. */
  async eject(meetingId: string, participantId: string, reason: string): Promise<void> {
    this.#touch(meetingId);
    await this.peek(meetingId)?.eject(participantId, reason);
  }

  /** Revokes join tokens (`Meeting.revokeTokens`); they are of no use when the meeting is not here. */
  async revokeTokens(meetingId: string, tokenIds: readonly string[]): Promise<void> {
    this.#touch(meetingId);
    await this.peek(meetingId)?.revokeTokens(tokenIds);
  }

  /** Ends the meeting for everyone; nothing happens when it is not here. */
  async end(meetingId: string): Promise<void> {
    const assignment = this.#assignments.get(meetingId);
    this.#assignments.delete(meetingId);
    await assignment?.meeting.end();
  }

  /** Meetings with someone in them, and all their participants. */
  load(): { meetings: number; participants: number } {
    let meetings = 0;
    let participants = 0;
    for (const { meeting } of this.#assignments.values()) {
      if (meeting.size > 0) meetings++;
      participants += meeting.size;
    }
    return { meetings, participants };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelSweep();
    const meetings = [...this.#assignments.values()].map(({ meeting }) => meeting);
    this.#assignments.clear();
    await Promise.all(meetings.map((meeting) => meeting[Symbol.asyncDispose]()));
  }

  #touch(meetingId: string): void {
    const assignment = this.#assignments.get(meetingId);
    if (assignment === undefined) return;
    assignment.lastUsedAtMs = this.#environment.clock.now();
    this.#assignments.delete(meetingId);
    this.#assignments.set(meetingId, assignment);
  }

  #planSweep(): void {
    this.#cancelSweep = this.#environment.clock.after(SWEEP_INTERVAL_MS, () => {
      const now = this.#environment.clock.now();
      for (const [meetingId, assignment] of this.#assignments) {
        if (!assignment.meeting.isEmpty) assignment.lastUsedAtMs = now;
        else if (now - assignment.lastUsedAtMs >= ASSIGNMENT_LIFETIME_MS) this.#forget(meetingId);
      }
      this.#planSweep();
    });
  }

  #forgetLeastRecentlyUsed(): boolean {
    for (const [meetingId, { meeting }] of this.#assignments) {
      if (meeting.isEmpty) return this.#forget(meetingId);
    }
    return false;
  }

  #forget(meetingId: string): boolean {
    const assignment = this.#assignments.get(meetingId);
    this.#assignments.delete(meetingId);
    assignment?.meeting[Symbol.asyncDispose]().catch((error) => {
      this.#environment.log.error("forgetting a meeting failed", { meetingId, error });
    });
    return assignment !== undefined;
  }
}
