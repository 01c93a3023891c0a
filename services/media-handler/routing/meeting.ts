import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import {
  MAX_PARTICIPANTS_PER_MEETING,
  MAX_PUBLICATIONS_PER_MEETING,
  MAX_PUBLICATIONS_PER_PARTICIPANT,
} from "../limits.ts";
import type { Speaker } from "../speakers/active_speakers.ts";
import { SpeakerWatch } from "../speakers/speaker_watch.ts";
import { type ConnectedPeer, Participant } from "./participant.ts";
import type { Publication } from "./publication.ts";
import { Route } from "./route.ts";
import type { RouteCommand } from "./route_command.ts";
import { RouteLinks } from "./route_links.ts";
import { RoutingError } from "./routing_error.ts";
import { StreamAnnouncements } from "./stream_announcements.ts";
import type { SubscriptionOptions } from "./subscription.ts";

/** Of whoever asked for nothing in particular: the best there is, without a cap. */
const PLAIN_OPTIONS: SubscriptionOptions = { preferredLayer: "", maxBitrateBps: 0 };

/** Who may publish what and who receives what in one meeting. */
export class Meeting {
  readonly id: string;
  readonly e2eEncryption: boolean;
  readonly #clock: Clock;
  readonly #participants = new Map<string, Participant>();
  readonly #routes = new Map<string, Route>();
  readonly #announcements = new StreamAnnouncements();
  readonly #speakers: SpeakerWatch;
  readonly #links: RouteLinks;
  /** Routes whose demand may have changed while several changes are made as one. */
  #heldDemands: Set<Route> | undefined;

  constructor(id: string, e2eEncryption: boolean, clock: Clock) {
    this.id = id;
    this.e2eEncryption = e2eEncryption;
    this.#clock = clock;
    this.#links = new RouteLinks({ participants: this.#participants, e2eEncryption, clock });
    this.#speakers = new SpeakerWatch(clock, (speakers) => this.#tellSpeakers(speakers));
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
    return this.#announcements.when(streamId, onAnnounced);
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
      const isPublisher = publication.publisherId === participantId;
      if (isPublisher || destinations.has(participantId)) participant.routedSinceMs = nowMs;
      if (isPublisher && publication.isAudio) participant.announcedSounds++;
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
    // Between the two sessions nobody may seem to watch: encoders would stop for a moment.
    this.#asOneChange(() => {
      if (older !== undefined) this.disconnect(participant, older);
      participant.peer = peer;
      for (const route of this.#routes.values()) this.#links.link(route, participant.id);
    });
    for (const { publication, demand } of this.#routes.values()) {
      if (publication.publisherId === participant.id) demand?.publisherConnected();
    }
    const speakers = this.#speakers.list;
    if (speakers.length > 0) peer.sendActiveSpeakers(speakers);
    older?.close("superseded");
  }

  /** A frame of sound arrived; `levelDbov` as in its header. Who is silenced does not speak. */
  heard(publication: Publication, levelDbov: number, nowMs: number): void {
    const { publisherId, streamId, type, silenced } = publication;
    if (type !== StreamType.AUDIO || silenced) return;
    this.#speakers.heard({ participantId: publisherId, streamId }, levelDbov, nowMs);
  }

  /** Nothing more is told to anyone. */
  stop(): void {
    this.#speakers.stop();
    for (const { demand } of this.#routes.values()) demand?.end();
  }

  /** The session ended. Does nothing if it was superseded. */
  disconnect(participant: Participant, peer: ConnectedPeer): void {
    if (participant.peer !== peer) return;
    for (const streamId of [...participant.subscriptions.keys()]) {
      const route = this.#routes.get(streamId);
      if (route !== undefined) this.#links.unlink(route, participant.id);
    }
    participant.peer = undefined;
    participant.disconnectedSinceMs = this.#clock.now();
  }

  /**
   * Applies the commands in order. A destination that one of them takes away and a later one gives
   * back keeps what it is sent.
   *
   * @returns why commands were refused; nothing of them has changed then.
   */
  applyAll(commands: readonly RouteCommand[]): RoutingError[] {
    const refusals: RoutingError[] = [];
    for (const command of commands) {
      try {
        this.#apply(command);
      } catch (error) {
        if (!(error instanceof RoutingError)) throw error;
        refusals.push(error);
      }
    }
    this.#links.endLeaving();
    return refusals;
  }

  /** @throws {RoutingError} when it contradicts what is known; nothing has changed then. */
  #apply(command: RouteCommand): void {
    switch (command.change) {
      case "set":
      case "add": {
        const route = this.#routes.get(command.streamId) ?? this.#addRoute(command);
        if (route.publication.publisherId !== command.publisherId) {
          throw new RoutingError("conflict", `stream ${command.streamId} is another's`);
        }
        this.#changeDestinations(route, command);
        this.#silence(route, command.silenced);
        this.#announcements.announce(command.streamId);
        return;
      }
      case "remove": {
        const route = this.#routes.get(command.streamId);
        if (route === undefined) return;
        for (const destination of command.destinations) this.#links.leave(route, destination);
        this.#silence(route, command.silenced);
        return;
      }
      case "silence": {
        const route = this.#routes.get(command.streamId);
        if (route !== undefined) this.#silence(route, command.silenced);
        return;
      }
      case "remove-route":
        this.#removeRoute(command.streamId);
        return;
    }
  }

  #addRoute(command: RouteCommand & { change: "set" | "add" }): Route {
    const { streamId, publisherId } = command;
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
    const publisher = () => this.#participants.get(publisherId);
    const route = new Route({
      command,
      clock: this.#clock,
      requestKeyFrame: (layer) => publisher()?.peer?.requestKeyFrame(streamId, layer),
      onDemandChanged: (changed) => this.#demandChanged(changed),
      sendDemand: (targets) => publisher()?.peer?.sendLayerDemand(streamId, targets),
    });
    this.#routes.set(streamId, route);
    this.#markRouted(publisherId);
    this.#soundsChanged(route, 1);
    return route;
  }

  #changeDestinations(route: Route, command: RouteCommand & { change: "set" | "add" }): void {
    const { destinations, publication: { streamId } } = route;
    if (command.ladder !== undefined) route.describe(command.ladder);
    const wanted = new Set(command.destinations);
    if (command.change === "set") {
      for (const destination of [...destinations.keys()]) {
        if (!wanted.has(destination)) this.#links.leave(route, destination);
      }
    }
    const options = command.options ?? PLAIN_OPTIONS;
    for (const destination of wanted) {
      if (destinations.size >= MAX_PARTICIPANTS_PER_MEETING) break;
      destinations.set(destination, options);
      this.#markRouted(destination);
      const known = this.#participants.get(destination)?.subscriptions.get(streamId);
      if (known === undefined) this.#links.link(route, destination);
      else known.setOptions(options);
    }
  }

  #silence({ publication }: Route, silenced: boolean | undefined): void {
    if (silenced === undefined || silenced === publication.silenced) return;
    publication.silenced = silenced;
    if (silenced) this.#speakers.ended(publication.streamId);
  }

  #removeRoute(streamId: string): void {
    const route = this.#routes.get(streamId);
    if (route === undefined) return;
    this.#routes.delete(streamId);
    route.demand?.end();
    this.#links.unlinkAll(route);
    route.end();
    this.#soundsChanged(route, -1);
    this.#speakers.ended(streamId);
  }

  /** Makes several changes after which each demand is worked out once. */
  #asOneChange(change: () => void): void {
    const held = new Set<Route>();
    this.#heldDemands = held;
    try {
      change();
    } finally {
      this.#heldDemands = undefined;
    }
    for (const { demand } of held) demand?.changed();
  }

  #demandChanged(route: Route): void {
    if (this.#heldDemands === undefined) route.demand?.changed();
    else this.#heldDemands.add(route);
  }

  #soundsChanged({ publication }: Route, by: 1 | -1): void {
    const publisher = this.#participants.get(publication.publisherId);
    if (publisher === undefined || !publication.isAudio) return;
    publisher.announcedSounds += by;
    if (by > 0) publisher.peer?.soundAnnounced();
  }

  #tellSpeakers(speakers: readonly Speaker[]): void {
    for (const { peer } of this.#participants.values()) peer?.sendActiveSpeakers(speakers);
  }

  #markRouted(participantId: string): void {
    const participant = this.#participants.get(participantId);
    if (participant !== undefined) participant.routedSinceMs ??= this.#clock.now();
  }
}
