import {
  RouteChange,
  type RouteMediaCommand,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  type MediaCommandScope,
  type MediaHandler,
  MediaHandlerError,
  type MediaHandlers,
} from "../placement/media_handlers.ts";

/** A media handler in memory: keeps what it was told, and can die or refuse. */
export class FakeMediaHandler implements MediaHandler {
  readonly certificateHashes: readonly Uint8Array[] = [new Uint8Array(32).fill(7)];
  /** Participants registered here. */
  readonly participants = new Set<string>();
  /** Who gets each stream. */
  readonly routes = new Map<string, { source: string; destinations: Set<string> }>();
  /** Streams of which nothing is forwarded. */
  readonly silenced = new Set<string>();
  /** Those whose media is connected, as {@link FakeMediaHandlers.connected} tells. */
  readonly connected = new Set<string>();
  /** The highest epoch of each meeting so far. */
  readonly epochs = new Map<string, bigint>();
  /** The commands of each RouteMedia call. */
  readonly routeCalls: RouteMediaCommand[][] = [];
  readonly traceparents: string[] = [];
  readonly #gone = new AbortController();
  readonly #tokens = new Map<string, string>();
  #issued = 0;
  /** Calls that registered somebody. */
  registrations = 0;
  dead = false;
  refusals = 0;
  /** Calls wait for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(readonly handlerId: string) {}

  get endpoint(): string {
    return `https://${this.handlerId}.test:4434`;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Dies as a process does: no call is answered, and whoever watches sees it. */
  die(): void {
    this.dead = true;
    this.abandon();
  }

  abandon(): void {
    this.#gone.abort();
  }

  /** Knows nobody any more, though it lives. */
  forget(): void {
    this.participants.clear();
    this.routes.clear();
    this.#tokens.clear();
  }

  async registerParticipant(
    { participantId, ...scope }: MediaCommandScope & { participantId: string },
    { traceparent }: { traceparent?: string },
  ): Promise<{ connectionToken: string; mediaHandlerUrl: string }> {
    await this.#called(scope);
    this.registrations++;
    if (traceparent !== undefined) this.traceparents.push(traceparent);
    this.participants.add(participantId);
    const known = this.#tokens.get(participantId);
    const connectionToken = known ?? `${this.handlerId}-${++this.#issued}`;
    this.#tokens.set(participantId, connectionToken);
    return { connectionToken, mediaHandlerUrl: this.endpoint };
  }

  async routeMedia(
    scope: MediaCommandScope,
    commands: readonly RouteMediaCommand[],
  ): Promise<void> {
    await this.#called(scope);
    this.routeCalls.push([...commands]);
    for (const command of commands) this.#apply(command);
  }

  async removeParticipant(scope: MediaCommandScope, participantId: string): Promise<void> {
    await this.#called(scope);
    this.#remove(participantId);
  }

  async keepParticipants(scope: MediaCommandScope, participantIds: readonly string[]) {
    await this.#called(scope);
    for (const id of [...this.participants]) if (!participantIds.includes(id)) this.#remove(id);
    return { connectionTokens: Object.fromEntries(this.#tokens), mediaHandlerUrl: this.endpoint };
  }

  #remove(participantId: string): void {
    this.participants.delete(participantId);
    this.#tokens.delete(participantId);
    for (const [streamId, { source, destinations }] of this.routes) {
      destinations.delete(participantId);
      if (source === participantId) this.routes.delete(streamId);
    }
  }

  #apply(command: RouteMediaCommand): void {
    const { sourceStreamId, sourceParticipantId, destinationParticipantIds, change } = command;
    const route = this.routes.get(sourceStreamId);
    if (command.silenced) this.silenced.add(sourceStreamId);
    else this.silenced.delete(sourceStreamId);
    if (change === RouteChange.REMOVE_ROUTE) this.routes.delete(sourceStreamId);
    else if (change === RouteChange.UNSPECIFIED) {
      const destinations = new Set(destinationParticipantIds);
      this.routes.set(sourceStreamId, { source: sourceParticipantId, destinations });
    } else if (route === undefined) {
      throw new MediaHandlerError("refused", "no such route");
    } else if (change === RouteChange.ADD_DESTINATIONS) {
      for (const id of destinationParticipantIds) route.destinations.add(id);
    } else if (change === RouteChange.REMOVE_DESTINATIONS) {
      for (const id of destinationParticipantIds) {
        route.destinations.delete(id);
      }
    }
    for (const id of [sourceParticipantId, ...destinationParticipantIds]) {
      if (!this.participants.has(id)) throw new MediaHandlerError("refused", "not registered");
    }
  }

  async #called({ meetingId, epoch }: MediaCommandScope): Promise<void> {
    await this.gate;
    if (this.dead) throw new MediaHandlerError("unreachable", "connection refused");
    if (epoch < (this.epochs.get(meetingId) ?? 0n)) {
      throw new MediaHandlerError("stale", "another controller owns the meeting");
    }
    this.epochs.set(meetingId, epoch);
    if (this.refusals > 0) {
      this.refusals--;
      throw new MediaHandlerError("refused", "unknown meeting");
    }
  }
}

/** Chooses the first that lives. */
export class FakeMediaHandlers implements MediaHandlers {
  constructor(public handlers: FakeMediaHandler[] = [new FakeMediaHandler("mh-1")]) {}

  choose(): MediaHandler | undefined {
    return this.handlers.find(({ gone }) => !gone.aborted);
  }

  find(handlerId: string): MediaHandler | undefined {
    return this.handlers.find((known) => known.handlerId === handlerId && !known.gone.aborted);
  }

  connected(handlerId: string): Iterable<string> {
    return this.handlers.find((known) => known.handlerId === handlerId)?.connected ?? [];
  }

  reportUnreachable(handler: MediaHandler): void {
    this.handlers.find((known) => known === handler)?.abandon();
  }
}
