import type { Clock } from "../clock.ts";
import { DISCONNECTED_PARTICIPANT_TTL_MS } from "../limits.ts";
import { createConnectionToken } from "./connection_token.ts";
import { Meeting } from "./meeting.ts";
import { MeetingEpochs } from "./meeting_epochs.ts";
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
  readonly #epochs: MeetingEpochs;
  readonly #presenceListeners = new Set<() => void>();

  constructor(capacity: RouterCapacity, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
    this.#epochs = new MeetingEpochs(clock);
  }

  /** Meetings with at least one participant. */
  get meetings(): ReadonlyMap<string, Meeting> {
    return this.#meetings;
  }

  /** Registered participants. */
  get participantCount(): number {
    return this.#byToken.size;
  }

  /** Calls `listener` when a participant may have connected or gone; the result makes it stop. */
  onPresenceChanged(listener: () => void): () => void {
    this.#presenceListeners.add(listener);
    return () => void this.#presenceListeners.delete(listener);
  }

  /**
   * The meeting's owner with this epoch commands something.
   *
   * @throws {RoutingError} "stale" when an owner with a higher one did before.
   */
  obey(meetingId: string, epoch: bigint): void {
    this.#epochs.obey(meetingId, epoch);
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
    this.#presenceChanged();
    if (meeting.participants.size > 0) return;
    this.#meetings.delete(meetingId);
    for (const { streamId } of [...meeting.publications()]) {
      meeting.applyAll([{ change: "remove-route", streamId }]);
    }
  }

  /**
   * Disconnects and forgets all participants of a meeting but these; nothing changes for those who
   * stay. Names of others mean nothing. Idempotent.
   *
   * @returns the connection tokens of those who stay, by participant id.
   * @throws {RoutingError} "unknown-meeting" if anybody is to stay and nobody is registered.
   */
  keep(meetingId: string, participantIds: readonly string[]): Record<string, string> {
    const staying = new Set(participantIds);
    const meeting = this.#meetings.get(meetingId);
    if (meeting === undefined) {
      if (staying.size === 0) return {};
      throw new RoutingError("unknown-meeting", `meeting ${meetingId}`);
    }
    const tokens: Record<string, string> = {};
    for (const [participantId, { connectionToken }] of [...meeting.participants]) {
      if (staying.has(participantId)) tokens[participantId] = connectionToken;
      else this.remove(meetingId, participantId);
    }
    return tokens;
  }

  /**
   * Forgets participants that have had no session for too long, and epochs of meetings that have
   * been over for long; returns how many participants.
   */
  removeAbandoned(): number {
    const sinceMs = this.#clock.now() - DISCONNECTED_PARTICIPANT_TTL_MS;
    const abandoned = [...this.#byToken.values()].filter(({ participant }) =>
      participant.peer === undefined && participant.disconnectedSinceMs <= sinceMs
    );
    for (const { meeting, participant } of abandoned) this.remove(meeting.id, participant.id);
    this.#epochs.forgetOld((meetingId) => this.#meetings.has(meetingId));
    return abandoned.length;
  }

  /**
   * Applies the commands in order, and ends what none of them wants any more after the last: media
   * flows on undisturbed where they only say again what is. Those after a refused one are still
   * applied, so that one participant's fault costs the others nothing.
   *
   * @throws {RoutingError} the first refusal, "unknown-meeting" if nobody of it is registered.
   */
  route(meetingId: string, commands: readonly RouteCommand[]): void {
    const meeting = this.#meetings.get(meetingId);
    if (meeting === undefined) throw new RoutingError("unknown-meeting", `meeting ${meetingId}`);
    const refusals = meeting.applyAll(commands);
    if (refusals.length > 0) throw refusals[0];
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
    this.#presenceChanged();
  }

  /** Detaches a session that ended. */
  disconnect({ meeting, participant }: Membership, peer: ConnectedPeer): void {
    meeting.disconnect(participant, peer);
    this.#presenceChanged();
  }

  #presenceChanged(): void {
    for (const listener of this.#presenceListeners) listener();
  }
}
