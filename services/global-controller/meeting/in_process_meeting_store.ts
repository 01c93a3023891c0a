import { mergeParticipantChanges, type ParticipantChange } from "../events/participant_change.ts";
import type { InProcessServerRegistry } from "../region/in_process_server_registry.ts";
import type {
  Meeting,
  MeetingAssignment,
  MeetingReference,
  MeetingSummary,
  NewMeeting,
} from "./meeting.ts";
import type { MeetingQuery, MeetingStore } from "./meeting_store.ts";

interface StoredMeeting extends NewMeeting {
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

interface StoredParticipant extends ParticipantChange {
  readonly controllerId: string;
}

/** Meetings in memory, for tests of what stands on them. */
export class InProcessMeetingStore implements MeetingStore {
  readonly #meetings = new Map<string, StoredMeeting>();
  readonly #participants = new Map<string, StoredParticipant>();
  readonly #registry: InProcessServerRegistry;

  constructor(registry: InProcessServerRegistry) {
    this.#registry = registry;
  }

  create(meeting: NewMeeting): Promise<{ createdAt: Date } | undefined> {
    for (const { code } of this.#meetings.values()) {
      if (code === meeting.code) return Promise.resolve(undefined);
    }
    const createdAt = new Date();
    this.#meetings.set(meeting.meetingId, { ...meeting, createdAt, endedAt: null });
    return Promise.resolve({ createdAt });
  }

  find(reference: MeetingReference): Promise<Meeting | undefined> {
    const stored = "meetingId" in reference
      ? this.#meetings.get(reference.meetingId)
      : [...this.#meetings.values()].find(({ code }) => code === reference.code);
    if (stored === undefined) return Promise.resolve(undefined);
    const { controllerId, mediaHandlerId } = stored.assignment;
    const controller = this.#registry.controller(controllerId);
    const handler = mediaHandlerId === null
      ? undefined
      : this.#registry.mediaHandler(mediaHandlerId);
    return Promise.resolve({
      ...this.#summary(stored),
      controller: controller && { ...controller.server, healthy: controller.healthy },
      mediaHandler: handler && { ...handler.server, healthy: handler.healthy },
    });
  }

  list(query: MeetingQuery): Promise<{ meetings: MeetingSummary[]; total: number }> {
    const matching = [...this.#meetings.values()]
      .filter(({ ownerClientId, endedAt }) =>
        ownerClientId === query.ownerClientId &&
        (query.active === undefined || query.active === (endedAt === null))
      )
      .reverse();
    return Promise.resolve({
      meetings: matching.slice(0, query.limit).map((stored) => this.#summary(stored)),
      total: matching.length,
    });
  }

  end(meetingId: string): Promise<boolean> {
    const stored = this.#meetings.get(meetingId);
    if (stored === undefined) return Promise.resolve(false);
    const endedAt = stored.endedAt ?? new Date();
    this.#meetings.set(meetingId, { ...stored, endedAt });
    this.#leaveAll("meeting_ended", (participant) => participant.meetingId === meetingId);
    return Promise.resolve(true);
  }

  assign(
    meetingId: string,
    previousControllerId: string | null,
    assignment: MeetingAssignment,
  ): Promise<boolean> {
    const stored = this.#meetings.get(meetingId);
    if (stored === undefined || stored.endedAt !== null) return Promise.resolve(false);
    const known = this.#registry.controller(stored.assignment.controllerId);
    const current = known?.server.controllerId ?? null;
    if (current !== previousControllerId) return Promise.resolve(false);
    const mediaHandlerId = assignment.mediaHandlerId !== null &&
        this.#registry.mediaHandler(assignment.mediaHandlerId)
      ? assignment.mediaHandlerId
      : null;
    this.#meetings.set(meetingId, { ...stored, assignment: { ...assignment, mediaHandlerId } });
    this.#leaveAll(
      "controller_lost",
      (participant) =>
        participant.meetingId === meetingId && participant.controllerId !== assignment.controllerId,
    );
    return Promise.resolve(true);
  }

  recordParticipants(controllerId: string, changes: readonly ParticipantChange[]): Promise<void> {
    for (const change of changes) {
      if (!this.#meetings.has(change.meetingId)) continue;
      const before = this.#participants.get(change.participantId);
      const merged = mergeParticipantChanges(before, change);
      this.#participants.set(change.participantId, { ...merged, controllerId });
    }
    return Promise.resolve();
  }

  releaseLostParticipants(): Promise<number> {
    return Promise.resolve(
      this.#leaveAll(
        "controller_lost",
        ({ controllerId }) => this.#registry.controller(controllerId) === undefined,
      ),
    );
  }

  restoreParticipants(controllerId: string): Promise<number> {
    let restored = 0;
    for (const [id, participant] of this.#participants) {
      if (participant.controllerId !== controllerId) continue;
      if (participant.leaveReason !== "controller_lost" || participant.joinedAt === null) continue;
      if (this.#meetings.get(participant.meetingId)?.endedAt !== null) continue;
      this.#participants.set(id, { ...participant, leftAt: null, leaveReason: null });
      restored++;
    }
    return Promise.resolve(restored);
  }

  #leaveAll(
    leaveReason: NonNullable<ParticipantChange["leaveReason"]>,
    concerns: (participant: StoredParticipant) => boolean,
  ): number {
    let left = 0;
    for (const [id, participant] of this.#participants) {
      if (participant.leftAt !== null || !concerns(participant)) continue;
      this.#participants.set(id, { ...participant, leftAt: new Date(), leaveReason });
      left++;
    }
    return left;
  }

  #summary(stored: StoredMeeting): MeetingSummary {
    const { assignment: _, ...summary } = stored;
    const present = [...this.#participants.values()]
      .filter(({ meetingId, leftAt }) => meetingId === stored.meetingId && leftAt === null);
    return { ...summary, participantCount: present.length };
  }
}
