import {
  RouteChange,
  type RouteMediaCommand,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
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
  /** The commands of each RouteMedia call. */
  readonly routeCalls: RouteMediaCommand[][] = [];
  readonly traceparents: string[] = [];
  readonly #gone = new AbortController();
  #tokens = 0;
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

  async registerParticipant(
    { participantId }: { participantId: string },
    { traceparent }: { traceparent?: string },
  ): Promise<{ connectionToken: string; mediaHandlerUrl: string }> {
    await this.#called();
    if (traceparent !== undefined) this.traceparents.push(traceparent);
    this.participants.add(participantId);
    const connectionToken = `${this.handlerId}-${++this.#tokens}`;
    return { connectionToken, mediaHandlerUrl: this.endpoint };
  }

  async routeMedia(_meetingId: string, commands: readonly RouteMediaCommand[]): Promise<void> {
    await this.#called();
    this.routeCalls.push([...commands]);
    for (const command of commands) this.#apply(command);
  }

  async removeParticipant(_meetingId: string, participantId: string): Promise<void> {
    await this.#called();
    this.participants.delete(participantId);
    for (const [streamId, { source, destinations }] of this.routes) {
      destinations.delete(participantId);
      if (source === participantId) this.routes.delete(streamId);
    }
  }

  #apply(command: RouteMediaCommand): void {
    const { sourceStreamId, sourceParticipantId, destinationParticipantIds, change } = command;
    const route = this.routes.get(sourceStreamId);
    if (change === RouteChange.REMOVE_ROUTE) this.routes.delete(sourceStreamId);
    else if (change === RouteChange.UNSPECIFIED) {
      const destinations = new Set(destinationParticipantIds);
      this.routes.set(sourceStreamId, { source: sourceParticipantId, destinations });
    } else if (route === undefined) {
      throw new MediaHandlerError("refused", "no such route");
    } else if (change === RouteChange.ADD_DESTINATIONS) {
      for (const id of destinationParticipantIds) route.destinations.add(id);
    } else for (const id of destinationParticipantIds) route.destinations.delete(id);
    for (const id of [sourceParticipantId, ...destinationParticipantIds]) {
      if (!this.participants.has(id)) throw new MediaHandlerError("refused", "not registered");
    }
  }

  async #called(): Promise<void> {
    await this.gate;
    if (this.dead) throw new MediaHandlerError("unreachable", "connection refused");
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

  reportUnreachable(handler: MediaHandler): void {
    this.handlers.find((known) => known === handler)?.abandon();
  }
}
