import type { Clock } from "../clock.ts";
import {
  KEY_FRAME_PATIENCE_MS,
  MAX_PARTICIPANTS_PER_MEETING,
  MAX_PUBLICATIONS_PER_MEETING,
  MAX_PUBLICATIONS_PER_PARTICIPANT,
  ROUTE_DELAY_ALLOWANCE_MS,
} from "../limits.ts";
import { type ConnectedPeer, Participant } from "./participant.ts";
import { Publication } from "./publication.ts";
import type { RouteCommand } from "./route_command.ts";
import { RoutingError } from "./routing_error.ts";

interface Route {
  readonly publication: Publication;
  /** May name participants that are not registered yet: the two calls may cross. */
  readonly destinations: Set<string>;
}

/** Who may publish what and who receives what in one meeting. */
export class Meeting {
  readonly id: string;
  readonly e2eEncryption: boolean;
  readonly #clock: Clock;
  readonly #participants = new Map<string, Participant>();
  readonly #routes = new Map<string, Route>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(id: string, e2eEncryption: boolean, clock: Clock) {
    this.id = id;
    this.e2eEncryption = e2eEncryption;
    this.#clock = clock;
  }

  /** All registered participants. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  /** All published streams. */
  *publications(): Iterable<Publication> {
    for (const { publication } of this.#routes.values()) yield publication;
  }

  /** The published stream, if a route announced it. */
  publication(streamId: string): Publication | undefined {
    return this.#routes.get(streamId)?.publication;
  }

  /** Whether `participantId` is to receive `streamId`. */
  receives(participantId: string, streamId: string): boolean {
    return this.#routes.get(streamId)?.destinations.has(participantId) ?? false;
  }

  /** Calls `onAnnounced` once when a route announces `streamId`; the result cancels it. */
  whenAnnounced(streamId: string, onAnnounced: () => void): () => void {
    const waiting = this.#waiting.get(streamId) ?? new Set();
    this.#waiting.set(streamId, waiting.add(onAnnounced));
    return () => {
      waiting.delete(onAnnounced);
      if (waiting.size === 0 && this.#waiting.get(streamId) === waiting) {
        this.#waiting.delete(streamId);
      }
    };
  }

  /** Adds a participant. The caller has made sure that it is new. */
  register(participantId: string, connectionToken: string): Participant {
    if (this.#participants.size >= MAX_PARTICIPANTS_PER_MEETING) {
      throw new RoutingError("capacity", "the meeting is full");
    }
    const nowMs = this.#clock.now();
    const participant = new Participant(participantId, this.id, connectionToken, nowMs);
    this.#participants.set(participantId, participant);
    for (const { publication, destinations } of this.#routes.values()) {
      if (publication.publisherId === participantId || destinations.has(participantId)) {
        participant.routedSinceMs = nowMs;
      }
    }
    return participant;
  }

  /** Ends everything that the participant sends and receives, and forgets it. */
  remove(participantId: string): void {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) return;
    const { peer } = participant;
    if (peer !== undefined) this.disconnect(participant, peer);
    this.#participants.delete(participantId);
    for (const [streamId, { publication, destinations }] of this.#routes) {
      destinations.delete(participantId);
      if (publication.publisherId === participantId) this.#removeRoute(streamId);
    }
    peer?.close("removed");
  }

  /** The participant has a session now; an older one is superseded. */
  connect(participant: Participant, peer: ConnectedPeer): void {
    const older = participant.peer;
    if (older !== undefined) this.disconnect(participant, older);
    participant.peer = peer;
    for (const { publication, destinations } of this.#routes.values()) {
      if (destinations.has(participant.id)) this.#link(publication, participant.id);
    }
    older?.close("superseded");
  }

  /** The session ended. Does nothing if it was superseded. */
  disconnect(participant: Participant, peer: ConnectedPeer): void {
    if (participant.peer !== peer) return;
    for (const streamId of [...participant.subscriptions.keys()]) {
      this.#unlink(streamId, participant.id);
    }
    participant.peer = undefined;
    participant.disconnectedSinceMs = this.#clock.now();
  }

  /**
   * Applies one command.
   *
   * @throws {RoutingError} when it contradicts what is known; nothing has changed then.
   */
  apply(command: RouteCommand): void {
    switch (command.change) {
      case "set":
      case "add": {
        const route = this.#routes.get(command.streamId) ?? this.#addRoute(command);
        if (route.publication.publisherId !== command.publisherId) {
          throw new RoutingError("conflict", `stream ${command.streamId} is another's`);
        }
        this.#changeDestinations(route, command);
        this.#announce(command.streamId);
        return;
      }
      case "remove":
        for (const destination of command.destinations) {
          this.#routes.get(command.streamId)?.destinations.delete(destination);
          this.#unlink(command.streamId, destination);
        }
        return;
      case "remove-route":
        this.#removeRoute(command.streamId);
        return;
    }
  }

  #addRoute(command: RouteCommand & { change: "set" | "add" }): Route {
    const { streamId, publisherId, type } = command;
    let published = 0;
    for (const publication of this.publications()) {
      if (publication.publisherId === publisherId) published++;
    }
    if (
      published >= MAX_PUBLICATIONS_PER_PARTICIPANT ||
      this.#routes.size >= MAX_PUBLICATIONS_PER_MEETING
    ) {
      throw new RoutingError("capacity", `too many streams of participant ${publisherId}`);
    }
    const publication = new Publication({
      streamId,
      publisherId,
      type,
      clock: this.#clock,
      requestKeyFrame: (spatialLayer) =>
        this.#participants.get(publisherId)?.peer?.requestKeyFrame(streamId, spatialLayer),
    });
    const route: Route = { publication, destinations: new Set() };
    this.#routes.set(streamId, route);
    this.#markRouted(publisherId);
    return route;
  }

  #changeDestinations(
    { publication, destinations }: Route,
    command: RouteCommand & { change: "set" | "add" },
  ): void {
    const wanted = new Set(command.destinations);
    if (command.change === "set") {
      for (const destination of [...destinations]) {
        if (wanted.has(destination)) continue;
        destinations.delete(destination);
        this.#unlink(publication.streamId, destination);
      }
    }
    for (const destination of wanted) {
      if (destinations.size >= MAX_PARTICIPANTS_PER_MEETING) break;
      destinations.add(destination);
      this.#markRouted(destination);
      this.#link(publication, destination);
    }
  }

  #removeRoute(streamId: string): void {
    const route = this.#routes.get(streamId);
    if (route === undefined) return;
    this.#routes.delete(streamId);
    for (const destination of route.destinations) this.#unlink(streamId, destination, route);
    route.publication.end();
  }

  #announce(streamId: string): void {
    const waiting = this.#waiting.get(streamId);
    if (waiting === undefined) return;
    this.#waiting.delete(streamId);
    for (const onAnnounced of waiting) onAnnounced();
  }

  #markRouted(participantId: string): void {
    const participant = this.#participants.get(participantId);
    if (participant !== undefined) participant.routedSinceMs ??= this.#clock.now();
  }

  /** Starts sending to a destination, if it is connected and nobody has yet. */
  #link(publication: Publication, participantId: string): void {
    const participant = this.#participants.get(participantId);
    if (
      participant?.peer === undefined || publication.publisherId === participantId ||
      participant.subscriptions.has(publication.streamId)
    ) return;
    const subscription = participant.peer.subscribe(publication, {
      groupsSinceMs: this.#groupsSinceMs(participant),
      patienceMs: this.e2eEncryption ? KEY_FRAME_PATIENCE_MS : 0,
    });
    participant.subscriptions.set(publication.streamId, subscription);
    publication.addSubscription(subscription);
  }

  #unlink(streamId: string, participantId: string, route = this.#routes.get(streamId)): void {
    const participant = this.#participants.get(participantId);
    const subscription = participant?.subscriptions.get(streamId);
    if (participant === undefined || subscription === undefined) return;
    participant.subscriptions.delete(streamId);
    route?.publication.removeSubscription(subscription);
    subscription.end();
  }

  /**
   * With end-to-end encryption, older groups are under keys that the participant never gets: the
   * publishers ratchet when it joins. One that prepared early joins with its first route.
   */
  #groupsSinceMs({ registeredAtMs, routedSinceMs }: Participant): number {
    if (!this.e2eEncryption) return -Infinity;
    const joinedAtMs = routedSinceMs ?? this.#clock.now();
    return Math.max(registeredAtMs, joinedAtMs - ROUTE_DELAY_ALLOWANCE_MS);
  }
}
