import { ConnectionState } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import type { Participant } from "../participant/participant.ts";

/** How long after a join or resume media may take to connect, milliseconds. */
export const CONNECTING_LIMIT_MS = 10_000;
/** How long media may be away before anyone is told, milliseconds: it mostly is back in no time. */
export const MEDIA_LOSS_LIMIT_MS = 3_000;
/** How long after a lost session somebody without media is off the rosters, milliseconds. */
export const AWAY_AFTER_MS = 10_000;
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

interface Watched {
  readonly participant: Participant;
  /** When it joined or resumed; monotonic milliseconds, as are the others. */
  arrivedAtMs: number;
  /** When its signaling session was lost; undefined: it stands. */
  lostAtMs: number | undefined;
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
    watched.lostAtMs = undefined;
    participant.connectionState = this.#stateOf(watched);
    this.#plan(watched);
  }

  /** Signaling of the participant was lost that long ago; it is told unless nothing changes. */
  lost(participant: Participant, sinceMs = 0): void {
    const watched = this.#watch(participant);
    watched.lostAtMs = this.options.clock.now() - sinceMs;
    this.#update(watched);
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
      lostAtMs: undefined,
      cancel: () => undefined,
    };
    this.#watched.set(participant.id, watched);
    return watched;
  }

  #update(watched: Watched): void {
    const { participant, lostAtMs } = watched;
    const { listener, clock, mayChange } = this.options;
    const lostForMs = lostAtMs === undefined ? -1 : clock.now() - lostAtMs;
    const isGone = lostForMs >= SESSION_LIFETIME_MS;
    const isAway = lostForMs >= AWAY_AFTER_MS && !this.#hasMedia(participant.id);
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

  #stateOf({ participant, arrivedAtMs, lostAtMs }: Watched): ConnectionState {
    if (lostAtMs !== undefined) return ConnectionState.RECONNECTING;
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
    const { participant: { id }, arrivedAtMs, lostAtMs } = watched;
    const now = this.options.clock.now();
    const mediaLostAtMs = this.#mediaLostAtMs.get(id) ?? -Infinity;
    const limits = [mediaLostAtMs + MEDIA_LOSS_LIMIT_MS];
    if (lostAtMs === undefined) limits.push(arrivedAtMs + CONNECTING_LIMIT_MS);
    else limits.push(lostAtMs + AWAY_AFTER_MS, lostAtMs + SESSION_LIFETIME_MS);
    const next = Math.min(...limits.filter((limit) => limit > now));
    if (next === Infinity) watched.cancel();
    else this.#replan(watched, next - now);
  }

  #replan(watched: Watched, delayMs: number): void {
    watched.cancel();
    watched.cancel = this.options.clock.after(delayMs, () => this.#update(watched));
  }
}
