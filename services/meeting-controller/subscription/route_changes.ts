import { create } from "@bufbuild/protobuf";
import {
  RouteChange,
  type RouteMediaCommand,
  RouteMediaCommandSchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type {
  StreamMetadata,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { SubscriptionChoice } from "./subscriptions.ts";

/** Most destinations named in one batch, so that it stays far below the limit of an RPC message. */
export const MAX_DESTINATIONS_PER_BATCH = 20_000;

/** A published stream and who sends it. */
export interface RouteSource {
  readonly streamId: string;
  readonly streamType: StreamType;
  readonly participantId: string;
  /** Codec and layers, as its publisher told them. */
  readonly metadata: StreamMetadata | undefined;
  /** A moderator muted it: the media handler forwards nothing of it. */
  readonly silenced: boolean;
}

/** A stream and everyone who gets it. */
export interface Route {
  readonly source: RouteSource;
  readonly destinations: Map<string, SubscriptionChoice>;
}

/** What the media handler has yet to be told about one stream. */
interface PendingRoute {
  source: RouteSource;
  /** Told first: the route of this stream that it knows, which ends. */
  ended: RouteSource | undefined;
  next:
    /** The whole route. `fresh`: it has never been told of this route. */
    | { kind: "whole"; destinations: Map<string, SubscriptionChoice>; fresh: boolean }
    | {
      kind: "delta";
      added: Map<string, SubscriptionChoice>;
      removed: Set<string>;
      /** `source.silenced` changed. */
      silence: boolean;
    }
    | undefined;
}

/**
 * Changes of routes since the last batch, merged for each stream: whatever happens while a call is
 * under way becomes one batch after it, and never grows beyond streams × participants.
 */
export class RouteChanges {
  readonly #pending = new Map<string, PendingRoute>();

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** A stream starts; `known`: the media handler may already have a route of it. */
  publish({ source, destinations }: Route, known = false): void {
    const pending = this.#pending.get(source.streamId);
    this.#pending.set(source.streamId, {
      source,
      ended: pending?.ended,
      next: { kind: "whole", destinations: new Map(destinations), fresh: !known },
    });
  }

  unpublish(source: RouteSource): void {
    const pending = this.#pending.get(source.streamId);
    const neverTold = pending?.next?.kind === "whole" && pending.next.fresh;
    const ended = neverTold ? pending.ended : source;
    if (ended === undefined) this.#pending.delete(source.streamId);
    else this.#pending.set(source.streamId, { source, ended, next: undefined });
  }

  addDestination(source: RouteSource, participantId: string, choice: SubscriptionChoice): void {
    const next = this.#change(source);
    if (next.kind === "whole") return void next.destinations.set(participantId, choice);
    next.removed.delete(participantId);
    next.added.set(participantId, choice);
  }

  removeDestination(source: RouteSource, participantId: string): void {
    const next = this.#change(source);
    if (next.kind === "whole") return void next.destinations.delete(participantId);
    next.added.delete(participantId);
    next.removed.add(participantId);
  }

  /** The media handler forwards nothing of the stream any more, or what its publisher sends again. */
  silence(source: RouteSource, silenced: boolean): void {
    const next = this.#change({ ...source, silenced });
    if (next.kind === "delta") next.silence = true;
  }

  /** The participant is gone, and with it, at the media handler too, all it sent and got. */
  forgetParticipant(participantId: string): void {
    for (const [streamId, pending] of this.#pending) {
      const { source, next } = pending;
      if (pending.ended?.participantId === participantId) pending.ended = undefined;
      if (source.participantId === participantId) pending.next = undefined;
      else if (next?.kind === "whole") next.destinations.delete(participantId);
      else if (next?.kind === "delta") {
        next.added.delete(participantId);
        next.removed.delete(participantId);
        if (next.added.size + next.removed.size === 0 && !next.silence) pending.next = undefined;
      }
      if (pending.ended === undefined && pending.next === undefined) this.#pending.delete(streamId);
    }
  }

  clear(): void {
    this.#pending.clear();
  }

  /** The commands so far, at most about {@link MAX_DESTINATIONS_PER_BATCH} destinations of them. */
  takeBatch(): RouteMediaCommand[] {
    const commands: RouteMediaCommand[] = [];
    let destinations = 0;
    for (const [streamId, pending] of this.#pending) {
      if (destinations >= MAX_DESTINATIONS_PER_BATCH) break;
      this.#pending.delete(streamId);
      for (const command of commandsOf(pending)) {
        destinations += command.destinationParticipantIds.length;
        commands.push(command);
      }
    }
    return commands;
  }

  #change(source: RouteSource): NonNullable<PendingRoute["next"]> {
    const pending = this.#pending.get(source.streamId);
    if (pending?.next !== undefined) {
      // Each command tells whether it is silenced as it is now.
      pending.source = source;
      return pending.next;
    }
    const next: PendingRoute["next"] = {
      kind: "delta",
      added: new Map(),
      removed: new Set(),
      silence: false,
    };
    this.#pending.set(source.streamId, { source, ended: undefined, next });
    return next;
  }
}

function* commandsOf({ source, ended, next }: PendingRoute): Generator<RouteMediaCommand> {
  const command = (
    change: RouteChange,
    destinationParticipantIds: string[],
    subscriptionOptions?: SubscriptionChoice,
  ) => commandFor(source, change, destinationParticipantIds, subscriptionOptions);
  if (ended !== undefined) yield commandFor(ended, RouteChange.REMOVE_ROUTE, []);
  if (next === undefined) return;
  const added = next.kind === "whole" ? next.destinations : next.added;
  const plain = [...added].filter(([, choice]) => choice === undefined).map(([id]) => id);
  if (next.kind === "whole") yield command(RouteChange.UNSPECIFIED, plain);
  else {
    if (next.silence) yield command(RouteChange.SILENCE, []);
    if (next.removed.size > 0) yield command(RouteChange.REMOVE_DESTINATIONS, [...next.removed]);
    if (plain.length > 0) yield command(RouteChange.ADD_DESTINATIONS, plain);
  }
  for (const [id, choice] of added) {
    if (choice !== undefined) yield command(RouteChange.ADD_DESTINATIONS, [id], choice);
  }
}

function commandFor(
  source: RouteSource,
  change: RouteChange,
  destinationParticipantIds: string[],
  subscriptionOptions?: SubscriptionChoice,
): RouteMediaCommand {
  const describes = change === RouteChange.UNSPECIFIED || change === RouteChange.ADD_DESTINATIONS;
  return create(RouteMediaCommandSchema, {
    sourceStreamId: source.streamId,
    sourceParticipantId: source.participantId,
    streamType: source.streamType,
    change,
    destinationParticipantIds,
    subscriptionOptions,
    silenced: source.silenced,
    ...(describes ? { streamMetadata: source.metadata } : {}),
  });
}
