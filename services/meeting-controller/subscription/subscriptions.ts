import { create } from "@bufbuild/protobuf";
import {
  type SubscriptionRecord,
  SubscriptionRecordSchema,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  ErrorCode,
  type SubscriptionOptions,
  SubscriptionOptionsSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readTextField } from "../meeting/identifiers.ts";
import { Refusal } from "../meeting/refusal.ts";
import { MAX_LAYER_ID_LENGTH } from "../publication/simulcast_layers.ts";

/**
 * Most streams about which one participant makes a choice of its own: all choices go to the store as
 * one record of bounded length, with every change of one.
 */
export const MAX_CHOICES = 2_500;

/** What a subscriber asked for beyond the stream itself; undefined: everything as it comes. */
export type SubscriptionChoice = SubscriptionOptions | undefined;

/** What somebody gets, as it is stored. */
export interface StoredSubscriptions {
  readonly subscribeToAll: boolean;
  readonly subscriptions: readonly SubscriptionRecord[];
}

interface Subscriber {
  readonly toAll: boolean;
  /** Streams left out although subscribed to all. */
  readonly except: Set<string>;
  readonly chosen: Map<string, SubscriptionChoice>;
}

/** Who of a meeting gets which stream. Knows nothing of where streams come from. */
export class Subscriptions {
  readonly #subscribers = new Map<string, Subscriber>();

  /** @param toAll whether the participant gets every stream, now and later. */
  addParticipant(participantId: string, toAll: boolean): void {
    this.#subscribers.set(participantId, { toAll, except: new Set(), chosen: new Map() });
  }

  /** What the participant gets, as it is stored. */
  stored(participantId: string): StoredSubscriptions {
    const { toAll = false, except = [], chosen = [] } = this.#subscribers.get(participantId) ?? {};
    const record = (streamId: string, subscribed: boolean, options?: SubscriptionChoice) =>
      create(SubscriptionRecordSchema, { streamId, subscribed, options });
    return {
      subscribeToAll: toAll,
      subscriptions: [
        ...[...except].map((streamId) => record(streamId, false)),
        ...[...chosen].map(([streamId, choice]) => record(streamId, true, choice)),
      ],
    };
  }

  /** A participant as it was stored. */
  restore(participantId: string, { subscribeToAll, subscriptions }: StoredSubscriptions): void {
    this.addParticipant(participantId, subscribeToAll);
    for (const { streamId, subscribed, options } of subscriptions) {
      if (subscribed) this.subscribe(participantId, streamId, options);
      else this.unsubscribe(participantId, streamId);
    }
  }

  removeParticipant(participantId: string): void {
    this.#subscribers.delete(participantId);
  }

  /** @throws {Refusal} CAPACITY_EXCEEDED when the choice about the stream would be one too many. */
  checkRoom(participantId: string, streamId: string): void {
    const subscriber = this.#subscribers.get(participantId);
    if (subscriber === undefined) return;
    const { except, chosen } = subscriber;
    if (except.has(streamId) || chosen.has(streamId)) return;
    if (except.size + chosen.size < MAX_CHOICES) return;
    throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, `${MAX_CHOICES} streams are chosen already`);
  }

  /** Also changes the choice of a subscription that exists. */
  subscribe(participantId: string, streamId: string, choice: SubscriptionChoice): void {
    const subscriber = this.#subscribers.get(participantId);
    subscriber?.except.delete(streamId);
    subscriber?.chosen.set(streamId, choice);
  }

  unsubscribe(participantId: string, streamId: string): void {
    const subscriber = this.#subscribers.get(participantId);
    subscriber?.chosen.delete(streamId);
    if (subscriber?.toAll) subscriber.except.add(streamId);
  }

  /** The stream exists no more: a later one of the same id starts anew. */
  forgetStream(streamId: string): void {
    for (const subscriber of this.#subscribers.values()) {
      subscriber.except.delete(streamId);
      subscriber.chosen.delete(streamId);
    }
  }

  /** Whether `participantId` gets the stream, and how; undefined when it does not. */
  find(participantId: string, streamId: string): { choice: SubscriptionChoice } | undefined {
    const subscriber = this.#subscribers.get(participantId);
    if (subscriber === undefined) return undefined;
    if (subscriber.chosen.has(streamId)) return { choice: subscriber.chosen.get(streamId) };
    return subscriber.toAll && !subscriber.except.has(streamId) ? { choice: undefined } : undefined;
  }

  /** Everyone who gets the stream, with their choices, but for its publisher. */
  subscribersOf(streamId: string, publisherId: string): Map<string, SubscriptionChoice> {
    const found = new Map<string, SubscriptionChoice>();
    for (const participantId of this.#subscribers.keys()) {
      if (participantId === publisherId) continue;
      const subscription = this.find(participantId, streamId);
      if (subscription !== undefined) found.set(participantId, subscription.choice);
    }
    return found;
  }
}

/**
 * The choice in a request, as a copy; options that choose nothing are none.
 *
 * @throws {Refusal} INVALID_REQUEST.
 */
export function readSubscriptionOptions(
  options: SubscriptionOptions | undefined,
): SubscriptionChoice {
  if (options === undefined) return undefined;
  const preferredLayer = readTextField(
    "preferred_layer",
    options.preferredLayer,
    MAX_LAYER_ID_LENGTH,
  );
  if (preferredLayer === "" && options.maxBitrate === 0) return undefined;
  return create(SubscriptionOptionsSchema, { preferredLayer, maxBitrate: options.maxBitrate });
}
