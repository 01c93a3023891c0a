import type { Clock } from "../clock.ts";
import { KEY_FRAME_PATIENCE_MS, ROUTE_DELAY_ALLOWANCE_MS } from "../limits.ts";
import type { Participant } from "./participant.ts";
import type { Route } from "./route.ts";

/** What the links of a meeting depend on. */
export interface RouteLinksOptions {
  readonly participants: ReadonlyMap<string, Participant>;
  readonly e2eEncryption: boolean;
  readonly clock: Clock;
}

/** The subscriptions that exist because a route names a participant who is connected. */
export class RouteLinks {
  readonly #options: RouteLinksOptions;
  /** Destinations that the commands of a batch took away so far: they go after the last of them. */
  readonly #leaving = new Map<Route, Set<string>>();

  constructor(options: RouteLinksOptions) {
    this.#options = options;
  }

  /** Starts sending to a destination, if it is connected and nobody has yet. */
  link({ publication, destinations }: Route, participantId: string): void {
    const participant = this.#options.participants.get(participantId);
    const options = destinations.get(participantId);
    if (
      options === undefined || participant?.peer === undefined ||
      publication.publisherId === participantId ||
      participant.subscriptions.has(publication.streamId)
    ) return;
    const subscription = participant.peer.subscribe(publication, {
      groupsSinceMs: this.#groupsSinceMs(participant),
      patienceMs: this.#options.e2eEncryption ? KEY_FRAME_PATIENCE_MS : 0,
      options,
    });
    participant.subscriptions.set(publication.streamId, subscription);
    publication.addSubscription(subscription);
  }

  /** Sends nothing more to a participant, at once. */
  unlink({ publication }: Route, participantId: string): void {
    const participant = this.#options.participants.get(participantId);
    const subscription = participant?.subscriptions.get(publication.streamId);
    if (participant === undefined || subscription === undefined) return;
    participant.subscriptions.delete(publication.streamId);
    publication.removeSubscription(subscription);
    subscription.end();
  }

  /** The route ends: sends nothing more of it to anyone, at once. */
  unlinkAll(route: Route): void {
    const leaving = this.#leaving.get(route) ?? [];
    this.#leaving.delete(route);
    for (const destination of [...route.destinations.keys(), ...leaving]) {
      this.unlink(route, destination);
    }
  }

  /** Takes a destination away, which keeps what it is sent until {@link endLeaving}. */
  leave(route: Route, destination: string): void {
    if (!route.destinations.delete(destination)) return;
    this.#leaving.set(route, (this.#leaving.get(route) ?? new Set()).add(destination));
  }

  /** Sends nothing more to those who left and were not given back. */
  endLeaving(): void {
    for (const [route, destinations] of this.#leaving) {
      for (const destination of destinations) {
        if (!route.destinations.has(destination)) this.unlink(route, destination);
      }
    }
    this.#leaving.clear();
  }

  /**
   * With end-to-end encryption, older groups are under keys that the participant never gets: the
   * publishers ratchet when it joins. One that prepared early joins with its first route.
   */
  #groupsSinceMs({ registeredAtMs, routedSinceMs }: Participant): number {
    if (!this.#options.e2eEncryption) return -Infinity;
    const joinedAtMs = routedSinceMs ?? this.#options.clock.now();
    return Math.max(registeredAtMs, joinedAtMs - ROUTE_DELAY_ALLOWANCE_MS);
  }
}
