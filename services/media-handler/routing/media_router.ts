import type { Clock } from "../clock.ts";
import { DISCONNECTED_PARTICIPANT_TTL_MS } from "../limits.ts";
import { createConnectionToken } from "./connection_token.ts";
import { Meeting } from "./meeting.ts";
import type { ConnectedPeer, Participant } from "./participant.ts";
import type { RouteCommand } from "./route_command.ts";
import { RoutingError } from "./routing_error.ts";

/** What a media handler may hold. */
export interface RouterCapacity {
  readonly maxParticipants: number;
}

/** A participant with its meeting. */
export interface Membership {
  readonly meeting: Meeting;
  readonly participant: Participant;
}

/** All meetings of one media handler. */
export class MediaRouter {
  readonly #clock: Clock;
  readonly #capacity: RouterCapacity;
  readonly #meetings = new Map<string, Meeting>();
  readonly #byToken = new Map<string, Membership>();

  constructor(capacity: RouterCapacity, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
  }

  /** Meetings with at least one participant. */
  get meetings(): ReadonlyMap<string, Meeting> {
    return this.#meetings;
  }

  /** Registered participants. */
  get participantCount(): number {
    return this.#byToken.size;
  }

  /**
   * Admits a participant. Registering it again changes nothing and gives the same token, so that
   * the meeting controller may repeat the call.
   *
   * @returns its connection token.
   * @throws {RoutingError} "capacity", or "conflict" when the meeting's encryption differs.
   */
  register(
    registration: { meetingId: string; participantId: string; e2eEncryption: boolean },
  ): string {
    const { meetingId, participantId, e2eEncryption } = registration;
    const known = this.#meetings.get(meetingId);
    if (known !== undefined && known.e2eEncryption !== e2eEncryption) {
      throw new RoutingError("conflict", "encryption never changes during a meeting");
    }
    const registered = known?.participants.get(participantId);
    if (registered !== undefined) return registered.connectionToken;
    if (this.#byToken.size >= this.#capacity.maxParticipants) {
      throw new RoutingError("capacity", "the media handler is full");
    }
    const meeting = known ?? new Meeting(meetingId, e2eEncryption, this.#clock);
    const participant = meeting.register(participantId, createConnectionToken());
    this.#meetings.set(meetingId, meeting);
    this.#byToken.set(participant.connectionToken, { meeting, participant });
    return participant.connectionToken;
  }

  /** Disconnects and forgets a participant, and its meeting with the last one. Idempotent. */
  remove(meetingId: string, participantId: string): void {
    const meeting = this.#meetings.get(meetingId);
    const participant = meeting?.participants.get(participantId);
    if (meeting === undefined || participant === undefined) return;
    this.#byToken.delete(participant.connectionToken);
    meeting.remove(participantId);
    if (meeting.participants.size > 0) return;
    this.#meetings.delete(meetingId);
    for (const { streamId } of [...meeting.publications()]) {
      meeting.apply({ change: "remove-route", streamId });
    }
  }

  /**
   * Disconnects and forgets all participants of a meeting but these; nothing changes for those who
   * stay. Names of others mean nothing. Idempotent.
   */
  keep(meetingId: string, participantIds: readonly string[]): void {
    const staying = new Set(participantIds);
    const registered = this.#meetings.get(meetingId)?.participants.keys() ?? [];
    for (const participantId of [...registered]) {
      if (!staying.has(participantId)) this.remove(meetingId, participantId);
    }
  }

  /** Forgets participants that have had no session for too long; returns how many. */
  removeAbandoned(): number {
    const sinceMs = this.#clock.now() - DISCONNECTED_PARTICIPANT_TTL_MS;
    const abandoned = [...this.#byToken.values()].filter(({ participant }) =>
      participant.peer === undefined && participant.disconnectedSinceMs <= sinceMs
    );
    for (const { meeting, participant } of abandoned) this.remove(meeting.id, participant.id);
    return abandoned.length;
  }

  /**
   * Applies the commands in order. Each is idempotent; those after a refused one are still applied,
   * so that one participant's fault costs the others nothing.
   *
   * @throws {RoutingError} the first refusal, "unknown-meeting" if nobody of it is registered.
   */
  route(meetingId: string, commands: readonly RouteCommand[]): void {
    const meeting = this.#meetings.get(meetingId);
    if (meeting === undefined) throw new RoutingError("unknown-meeting", `meeting ${meetingId}`);
    let refusal: RoutingError | undefined;
    for (const command of commands) {
      try {
        meeting.apply(command);
      } catch (error) {
        if (!(error instanceof RoutingError)) throw error;
        refusal ??= error;
      }
    }
    if (refusal !== undefined) throw refusal;
  }

  /** Nothing more is told to anyone, now that the sessions have ended. */
  stop(): void {
    for (const meeting of this.#meetings.values()) meeting.stop();
  }

  /** Whose token it is, or undefined. */
  authenticate(connectionToken: string): Membership | undefined {
    return this.#byToken.get(connectionToken);
  }

  /** Attaches a session; an older one of the same participant is superseded. */
  connect({ meeting, participant }: Membership, peer: ConnectedPeer): void {
    meeting.connect(participant, peer);
  }

  /** Detaches a session that ended. */
  disconnect({ meeting, participant }: Membership, peer: ConnectedPeer): void {
    meeting.disconnect(participant, peer);
  }
}
