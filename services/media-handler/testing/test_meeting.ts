import { strictEqual } from "node:assert/strict";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import type { ServerSession, WebTransportSession } from "../../runtime/webtransport/session.ts";
import { createMediaHandler, type MediaHandler } from "../media_handler.ts";
import type { LayerDescription, SubscriptionOptions } from "../routing/subscription.ts";
import { CLOSE_GRACE_MS } from "../session/client_session.ts";
import { ManualClock } from "./manual_clock.ts";
import { TestClient } from "./test_client.ts";

/** A media handler on in-memory sessions, with one meeting. */
export class TestMeeting implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly meetingId = crypto.randomUUID();
  readonly mediaHandler: MediaHandler;
  readonly #e2eEncryption: boolean;
  readonly #sessions = new SessionSource();

  constructor(options: { e2eEncryption?: boolean } = {}) {
    this.#e2eEncryption = options.e2eEncryption ?? false;
    this.mediaHandler = createMediaHandler({
      sessions: this.#sessions,
      limits: { maxParticipants: 1_000, maxStreams: 1_000 },
      log: createLogger("media-handler"),
      clock: this.clock,
    });
  }

  /** Registers a participant; returns its connection token. */
  register(participantId: string): string {
    const { meetingId } = this;
    return this.mediaHandler.router.register({
      meetingId,
      participantId,
      e2eEncryption: this.#e2eEncryption,
    });
  }

  /** A session that has not authenticated. */
  connect(options?: { reports?: boolean }): TestClient {
    return new TestClient(this.open(), { ...options, now: () => this.clock.now() });
  }

  /** The bare client end of a session. */
  open(): WebTransportSession {
    const [client, server] = createSessionPair();
    this.#sessions.push(server);
    return client;
  }

  /** Registers a participant and connects it. */
  async join(options?: { reports?: boolean }): Promise<TestClient & { id: string }> {
    const id = crypto.randomUUID();
    const client = this.connect(options);
    await client.authenticate(this.register(id));
    return Object.assign(client, { id });
  }

  /** Announces a stream and who receives it. */
  route(
    publisherId: string,
    destinations: readonly string[],
    options: {
      streamId?: string;
      type?: StreamType;
      ladder?: readonly LayerDescription[];
      subscription?: SubscriptionOptions;
    } = {},
  ): string {
    const { streamId = crypto.randomUUID(), type = StreamType.VIDEO_CAMERA, ladder } = options;
    this.mediaHandler.router.route(this.meetingId, [{
      change: "set",
      streamId,
      publisherId,
      type,
      destinations,
      ladder,
      options: options.subscription,
    }]);
    return streamId;
  }

  async [Symbol.asyncDispose]() {
    this.#sessions.end();
    const disposed = this.mediaHandler[Symbol.asyncDispose]();
    this.clock.advance(CLOSE_GRACE_MS);
    await disposed;
    strictEqual(this.clock.pendingTimers, 0, "a timer outlives its media handler");
  }
}

/** Sessions as a test pushes them. */
class SessionSource implements AsyncIterable<ServerSession> {
  readonly #stream: ReadableStream<ServerSession>;
  #controller: ReadableStreamDefaultController<ServerSession> | undefined;

  constructor() {
    this.#stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
    });
  }

  push(session: ServerSession): void {
    this.#controller?.enqueue(session);
  }

  end(): void {
    this.#controller?.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<ServerSession> {
    return this.#stream[Symbol.asyncIterator]();
  }
}
