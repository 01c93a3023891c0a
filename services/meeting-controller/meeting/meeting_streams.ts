import {
  ErrorCode,
  type MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { checkMayPublish } from "../participant/grant.ts";
import type { Participant } from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import { MAX_STREAMS_PER_PARTICIPANT } from "../publication/publication.ts";
import type { Route, RouteChanges } from "../subscription/route_changes.ts";
import {
  type StoredSubscriptions,
  type SubscriptionChoice,
  Subscriptions,
} from "../subscription/subscriptions.ts";
import { invalid, Refusal } from "./refusal.ts";
import { type PublishedStream, type Roster, routeSource } from "./roster.ts";
import type { ServerMessage } from "./server_message.ts";

/** Where changes of routes are told; `MeetingMedia` fits. */
export interface RouteTeller {
  readonly changes: RouteChanges;
  wake(call?: MediaCallOptions): void;
  told(): Promise<void>;
}

/** The streams of a meeting: who publishes what, who gets it, and the routes that follow. */
export class MeetingStreams {
  readonly #subscriptions = new Subscriptions();

  /** @param save notes what of the participant is stored. */
  constructor(
    private readonly roster: Roster,
    private readonly media: RouteTeller,
    private readonly save: (participant: Participant) => void,
  ) {}

  /** All routes as they should be. */
  routes(): Route[] {
    return [...this.roster.streams()].map((published) => this.#routeOf(published));
  }

  /** Someone new is on the roster, with the streams it published at once. */
  onJoined(participant: Participant, subscribeToAll: boolean, call: MediaCallOptions): void {
    this.#subscriptions.addParticipant(participant.id, subscribeToAll);
    for (const published of this.roster.streams()) {
      if (published.publisher === participant) {
        this.media.changes.publish(this.#routeOf(published));
      } else if (subscribeToAll) {
        this.media.changes.addDestination(routeSource(published), participant.id, undefined);
      }
    }
    this.media.wake(call);
  }

  /** Resolves once the media handler knows of all changes so far, or when it takes too long. */
  told(): Promise<void> {
    return this.media.told();
  }

  /** What the participant gets, as it is stored. */
  subscriptionsOf(participantId: string): StoredSubscriptions {
    return this.#subscriptions.stored(participantId);
  }

  /** Someone of the owner before is on the roster; the media handler is told by whoever restores. */
  restore(participantId: string, stored: StoredSubscriptions): void {
    this.#subscriptions.restore(participantId, stored);
  }

  /** Someone's session is over. The media handler forgets its routes by itself. */
  onLeft(participant: Participant): void {
    this.#subscriptions.removeParticipant(participant.id);
    for (const streamId of participant.streams.keys()) this.#subscriptions.forgetStream(streamId);
  }

  /** @throws {Refusal} CONFLICT. */
  checkIsNew(streamId: string): void {
    if (this.roster.findStream(streamId) !== undefined) {
      throw new Refusal(ErrorCode.CONFLICT, "a stream of that id is published already");
    }
  }

  /**
   * Publishes and returns what the others are told, which is also the answer.
   *
   * @throws {Refusal} FORBIDDEN without the grant, CONFLICT or CAPACITY_EXCEEDED.
   */
  publish(publisher: Participant, stream: MediaStream, call: MediaCallOptions): ServerMessage {
    checkMayPublish(publisher.identity.grants, stream);
    this.checkIsNew(stream.streamId);
    if (publisher.streams.size >= MAX_STREAMS_PER_PARTICIPANT) {
      throw new Refusal(
        ErrorCode.CAPACITY_EXCEEDED,
        `${MAX_STREAMS_PER_PARTICIPANT} streams are published already`,
      );
    }
    this.roster.addStream(publisher, stream);
    this.save(publisher);
    this.media.changes.publish(this.#routeOf({ publisher, stream }));
    this.media.wake(call);
    const published: ServerMessage = {
      case: "streamPublished",
      value: { participantId: publisher.id, stream },
    };
    this.#tell(publisher, published, publisher);
    return published;
  }

  /** @throws {Refusal} NOT_FOUND. */
  unpublish(publisher: Participant, streamId: string): void {
    this.#end(this.#own(publisher, streamId), false);
  }

  /** A moderator ends the stream: its publisher is told, too. */
  stop(published: PublishedStream): void {
    this.#end(published, true);
  }

  /**
   * Mutes or unmutes an own stream. One that a moderator muted is forwarded again once the media
   * handler was {@link told}.
   *
   * @throws {Refusal} NOT_FOUND.
   */
  setMuted(publisher: Participant, streamId: string, muted: boolean): void {
    const published = this.#own(publisher, streamId);
    const { stream } = published;
    if (!muted && stream.mutedByModerator) return this.silence(published, false);
    if (stream.muted === muted) return;
    stream.muted = muted;
    this.#tellUpdated(published, publisher);
  }

  /**
   * Mutes the stream for a moderator: the media handler forwards nothing of it, whatever its
   * publisher sends, until the publisher unmutes it, which is `silenced` false. Everyone is told.
   */
  silence(published: PublishedStream, silenced: boolean): void {
    const { stream } = published;
    stream.muted = silenced;
    stream.mutedByModerator = silenced;
    this.media.changes.silence(routeSource(published), silenced);
    this.media.wake();
    this.#tellUpdated(published);
  }

  /**
   * What somebody who comes back publishes becomes exactly `streams`. A stream that a moderator
   * muted stays muted.
   *
   * @throws {Refusal} FORBIDDEN without the grant, CONFLICT when one is another's: nothing changed.
   */
  reconcile(
    publisher: Participant,
    streams: readonly MediaStream[],
    call: MediaCallOptions,
  ): void {
    const fresh = streams.filter(({ streamId }) => !publisher.streams.has(streamId));
    for (const stream of fresh) {
      checkMayPublish(publisher.identity.grants, stream);
      this.checkIsNew(stream.streamId);
    }
    const asked = new Map(streams.map((stream) => [stream.streamId, stream]));
    for (const streamId of [...publisher.streams.keys()]) {
      const wanted = asked.get(streamId);
      if (wanted === undefined) this.unpublish(publisher, streamId);
      else if (!publisher.streams.get(streamId)?.mutedByModerator) {
        this.setMuted(publisher, streamId, wanted.muted);
      }
    }
    for (const stream of fresh) this.publish(publisher, stream, call);
  }

  /**
   * @throws {Refusal} NOT_FOUND, INVALID_REQUEST for an own stream or a layer that it lacks, or
   * CAPACITY_EXCEEDED.
   */
  subscribe(
    subscriber: Participant,
    streamId: string,
    choice: SubscriptionChoice,
    call: MediaCallOptions,
  ): void {
    const published = this.#ofAnother(subscriber, streamId);
    checkLayer(published, choice);
    this.#subscriptions.checkRoom(subscriber.id, streamId);
    this.#subscriptions.subscribe(subscriber.id, streamId, choice);
    this.save(subscriber);
    this.media.changes.addDestination(routeSource(published), subscriber.id, choice);
    this.media.wake(call);
  }

  /** @throws {Refusal} NOT_FOUND, INVALID_REQUEST for an own stream, or CAPACITY_EXCEEDED. */
  unsubscribe(subscriber: Participant, streamId: string): void {
    const published = this.#ofAnother(subscriber, streamId);
    if (this.#subscriptions.find(subscriber.id, streamId) === undefined) return;
    this.#subscriptions.checkRoom(subscriber.id, streamId);
    this.#subscriptions.unsubscribe(subscriber.id, streamId);
    this.save(subscriber);
    this.media.changes.removeDestination(routeSource(published), subscriber.id);
    this.media.wake();
  }

  /** @throws {Refusal} NOT_FOUND. */
  find(streamId: string): PublishedStream {
    const published = this.roster.findStream(streamId);
    if (published === undefined) throw new Refusal(ErrorCode.NOT_FOUND, "no such stream");
    return published;
  }

  #end(published: PublishedStream, stoppedByModerator: boolean): void {
    const { publisher, stream: { streamId } } = published;
    this.roster.removeStream(published);
    this.#subscriptions.forgetStream(streamId);
    this.save(publisher);
    this.media.changes.unpublish(routeSource(published));
    this.media.wake();
    this.#tell(publisher, {
      case: "streamUnpublished",
      value: { participantId: publisher.id, streamId, stoppedByModerator },
    }, stoppedByModerator ? undefined : publisher);
  }

  #tellUpdated({ publisher, stream }: PublishedStream, except?: Participant): void {
    this.save(publisher);
    this.#tell(publisher, {
      case: "streamUpdated",
      value: { participantId: publisher.id, stream },
    }, except);
  }

  /** Nobody hears of the streams of somebody who is away. */
  #tell(publisher: Participant, message: ServerMessage, except?: Participant): void {
    if (!publisher.isAway) this.roster.broadcast(message, except);
  }

  #routeOf(published: PublishedStream): Route {
    const source = routeSource(published);
    const destinations = this.#subscriptions.subscribersOf(source.streamId, source.participantId);
    return { source, destinations };
  }

  #own(publisher: Participant, streamId: string): PublishedStream {
    const published = this.find(streamId);
    // Whose it is stays out of the answer: to those who do not publish it, it is not there.
    if (published.publisher !== publisher) throw new Refusal(ErrorCode.NOT_FOUND, "no such stream");
    return published;
  }

  #ofAnother(subscriber: Participant, streamId: string): PublishedStream {
    const published = this.find(streamId);
    if (published.publisher === subscriber) throw invalid("the stream is the subscriber's own");
    return published;
  }
}

function checkLayer({ stream }: PublishedStream, choice: SubscriptionChoice): void {
  const wanted = choice?.preferredLayer ?? "";
  const layers = stream.metadata?.video?.simulcastLayers ?? [];
  if (wanted !== "" && !layers.some(({ layerId }) => layerId === wanted)) {
    throw invalid("preferred_layer is none of the stream's layers");
  }
}
