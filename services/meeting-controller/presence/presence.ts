import { ConnectionState } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import type { Participant } from "../participant/participant.ts";

/** How long after a join or resume media may take to connect, milliseconds. */
export const CONNECTING_LIMIT_MS = 10_000;
/** How long media may be away before anyone is told, milliseconds: it mostly is back in no time. */
export const MEDIA_LOSS_LIMIT_MS = 3_000;
/** How long after a lost session somebody without media is off the rosters, milliseconds. */
export const AWAY_AFTER_MS = 10_000;
/**
 * The same for somebody whose client closed the signaling session itself and whose media is not
 * connected either, milliseconds from the later of the two. A page that is closed or left ends both
 * connections at once and says so; nobody waits for it. Everything that comes back by itself looks
 * different: what crashes or is cut off is not heard to close anything, a client that goes to
 * another network or another controller resumes before it closes what it had, or is silent, and as
 * long as one of the two connections stands somebody is there. A client that closes both and resumes
 * later all the same is back as anybody who was away.
 */
export const CLOSED_AWAY_AFTER_MS = 2_000;
/** How long a lost session can be resumed, milliseconds. */
export const SESSION_LIFETIME_MS = 5 * 60 * 1000;
/** How soon a change that could not be made sure of is tried again, milliseconds. */
export const PRESENCE_RETRY_MS = 1_000;

/** What {@link Presence} tells. */
export interface PresenceListener {
  /** Of somebody on the roster, `connectionState` changed. */
  onChanged(participant: Participant): void;
  /** Neither signaling nor media of the participant is here: it is to leave the roster. */
  onAway(participant: Participant): void;
  /** The session of the participant is over for good. */
  onGone(participant: Participant): void;
}

/** The end of a signaling session. */
interface Loss {
  readonly atMs: number;
  /** The client closed it. */
  isDeliberate: boolean;
}

interface Watched {
  readonly participant: Participant;
  /** When it joined or resumed; monotonic milliseconds, as are the others. */
  arrivedAtMs: number;
  /** Undefined: its signaling session stands. */
  loss: Loss | undefined;
  cancel: () => void;
}

/** What of each participant is connected, and what follows when nothing is for too long. */
export class Presence implements Disposable {
  readonly #watched = new Map<string, Watched>();
  /** Whose media is connected. */
  readonly #connected = new Set<string>();
  /** When the media of the others got lost, monotonic milliseconds. */
  readonly #mediaLostAtMs = new Map<string, number>();

  constructor(
    private readonly options: {
      readonly clock: Clock;
      /** Whether somebody may be taken off the roster now. */
      readonly mayChange: () => boolean;
      readonly listener: PresenceListener;
    },
  ) {}

  /** Signaling of the participant stands, for the first time or again. Tells nothing by itself. */
  arrived(participant: Participant): void {
    const watched = this.#watch(participant);
    watched.arrivedAtMs = this.options.clock.now();
    watched.loss = undefined;
    participant.connectionState = this.#stateOf(watched);
    this.#plan(watched);
  }

  /**
   * Signaling of the participant was lost; it is told unless nothing changes.
   *
   * @param how.sinceMs how long ago.
   * @param how.closedByPeer resolves when it is known whether the client closed the session itself.
   */
  lost(
    participant: Participant,
    { sinceMs = 0, closedByPeer }: { sinceMs?: number; closedByPeer?: Promise<boolean> } = {},
  ): void {
    const watched = this.#watch(participant);
    const loss = { atMs: this.options.clock.now() - sinceMs, isDeliberate: false };
    watched.loss = loss;
    this.#update(watched);
    void closedByPeer?.then((isDeliberate) => {
      loss.isDeliberate = isDeliberate;
      const isCurrent = this.#watched.get(participant.id) === watched && watched.loss === loss;
      if (isDeliberate && isCurrent) this.#update(watched);
    });
  }

  /** The session is over. */
  forget(participant: Participant): void {
    if (this.#watched.get(participant.id)?.participant !== participant) return;
    this.#watched.get(participant.id)?.cancel();
    this.#watched.delete(participant.id);
    this.#mediaLostAtMs.delete(participant.id);
    this.#connected.delete(participant.id);
  }

  /** The media handler says whether the media of somebody, here or at the door, is connected. */
  onMedia(participantId: string, connected: boolean): void {
    if (connected) {
      this.#connected.add(participantId);
      this.#mediaLostAtMs.delete(participantId);
    } else if (this.#connected.delete(participantId)) {
      if (!this.#watched.has(participantId)) return;
      this.#mediaLostAtMs.set(participantId, this.options.clock.now());
    }
    const watched = this.#watched.get(participantId);
    if (watched !== undefined) this.#update(watched);
  }

  /** Nothing is watched any more. */
  [Symbol.dispose](): void {
    for (const { cancel } of this.#watched.values()) cancel();
    this.#watched.clear();
  }

  #watch(participant: Participant): Watched {
    const known = this.#watched.get(participant.id);
    if (known?.participant === participant) return known;
    known?.cancel();
    const watched: Watched = {
      participant,
      arrivedAtMs: -Infinity,
      loss: undefined,
      cancel: () => undefined,
    };
    this.#watched.set(participant.id, watched);
    return watched;
  }

  #update(watched: Watched): void {
    const { participant, loss } = watched;
    const { listener, clock, mayChange } = this.options;
    const isGone = loss !== undefined && clock.now() - loss.atMs >= SESSION_LIFETIME_MS;
    const isAway = clock.now() >= this.#awayAtMs(watched);
    if (isGone || (isAway && !participant.isAway)) {
      if (!mayChange()) return this.#replan(watched, PRESENCE_RETRY_MS);
      if (isGone) {
        this.forget(participant);
        return listener.onGone(participant);
      }
      listener.onAway(participant);
    }
    this.#plan(watched);
    const state = this.#stateOf(watched);
    if (participant.connectionState === state) return;
    participant.connectionState = state;
    if (!participant.isAway) listener.onChanged(participant);
  }

  /** When the participant is away, as things are; Infinity: while they are so, never. */
  #awayAtMs({ participant: { id }, loss }: Watched): number {
    if (loss === undefined || this.#connected.has(id)) return Infinity;
    const mediaLostAtMs = this.#mediaLostAtMs.get(id) ?? -Infinity;
    const patient = Math.max(loss.atMs + AWAY_AFTER_MS, mediaLostAtMs + MEDIA_LOSS_LIMIT_MS);
    if (!loss.isDeliberate) return patient;
    return Math.min(patient, Math.max(loss.atMs, mediaLostAtMs) + CLOSED_AWAY_AFTER_MS);
  }

  #stateOf({ participant, arrivedAtMs, loss }: Watched): ConnectionState {
    if (loss !== undefined) return ConnectionState.RECONNECTING;
    if (this.#hasMedia(participant.id)) return ConnectionState.CONNECTED;
    return this.options.clock.now() - arrivedAtMs < CONNECTING_LIMIT_MS
      ? ConnectionState.CONNECTING
      : ConnectionState.WITHOUT_MEDIA;
  }

  #hasMedia(participantId: string): boolean {
    if (this.#connected.has(participantId)) return true;
    const lostAtMs = this.#mediaLostAtMs.get(participantId) ?? -Infinity;
    return this.options.clock.now() - lostAtMs < MEDIA_LOSS_LIMIT_MS;
  }

  /** Looks again when the next of all limits is reached. */
  #plan(watched: Watched): void {
    const { participant: { id }, arrivedAtMs, loss } = watched;
    const now = this.options.clock.now();
    const mediaLostAtMs = this.#mediaLostAtMs.get(id) ?? -Infinity;
    const limits = [mediaLostAtMs + MEDIA_LOSS_LIMIT_MS];
    if (loss === undefined) limits.push(arrivedAtMs + CONNECTING_LIMIT_MS);
    else limits.push(this.#awayAtMs(watched), loss.atMs + SESSION_LIFETIME_MS);
    const next = Math.min(...limits.filter((limit) => limit > now));
    if (next === Infinity) watched.cancel();
    else this.#replan(watched, next - now);
  }

  #replan(watched: Watched, delayMs: number): void {
    watched.cancel();
    watched.cancel = this.options.clock.after(delayMs, () => this.#update(watched));
  }
}
