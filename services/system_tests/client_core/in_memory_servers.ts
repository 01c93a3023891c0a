import { createClient, createRouterTransport } from "@connectrpc/connect";
import type { Connect, JoinGrant } from "../../../client/core/meeting/meeting.ts";
import {
  MediaHandlerInfoSchema,
  MediaHandlerService,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { create } from "@bufbuild/protobuf";
import { createMediaHandler, type MediaHandler } from "../../media-handler/media_handler.ts";
import { mediaHandlerService } from "../../media-handler/rpc/media_handler_service.ts";
import {
  createMeetingController,
  type MeetingController,
} from "../../meeting-controller/meeting_controller.ts";
import { GRANTS } from "../../meeting-controller/participant/grant.ts";
import { RpcMediaHandler } from "../../meeting-controller/placement/rpc_media_handler.ts";
import { createLogger } from "../../runtime/log.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import type { ServerSession, WebTransportSession } from "../../runtime/webtransport/session.ts";
import { SessionQueue } from "../../runtime/webtransport/session_queue.ts";
import { tapSession } from "./wire_tap.ts";

const CONTROLLER_URL = "https://controller.test:4433/";
const MEDIA_URL = "https://media.test:4434/";
const WAITING_SESSIONS = 64;
const TOKEN_LIFETIME_MS = 300_000;
const NO_HASHES: Uint8Array[] = [];

/** One attempt of a client to connect. */
export interface Connection {
  readonly to: "controller" | "media";
  readonly client: WebTransportSession;
}

/**
 * The real meeting controller and the real media handler in this process, with sessions that need
 * no network, and every byte that the media handler sends kept.
 */
export class InMemoryServers implements AsyncDisposable {
  readonly meetingId = crypto.randomUUID();
  readonly connections: Connection[] = [];
  readonly #forwarded: Uint8Array[][] = [];
  readonly controller: MeetingController;
  readonly mediaHandler: MediaHandler;
  readonly #controllerSessions = new SessionQueue(WAITING_SESSIONS);
  readonly #mediaSessions = new SessionQueue(WAITING_SESSIONS);
  readonly #e2eEncryption: boolean;
  readonly #usedTokens = new Set<string>();

  constructor({ e2eEncryption = true }: { e2eEncryption?: boolean } = {}) {
    this.#e2eEncryption = e2eEncryption;
    const log = createLogger("system-test");
    this.mediaHandler = createMediaHandler({
      sessions: iterate(this.#mediaSessions),
      limits: { maxParticipants: 100, maxStreams: 1_000 },
      log,
    });
    const { router, clock } = this.mediaHandler;
    const transport = createRouterTransport(({ service }) => {
      service(MediaHandlerService, mediaHandlerService({ router, clock, publicUrl: MEDIA_URL }));
    });
    const info = create(MediaHandlerInfoSchema, { handlerId: "media", endpoint: MEDIA_URL });
    const handler = new RpcMediaHandler(info, createClient(MediaHandlerService, transport));
    this.controller = createMeetingController({
      sessions: iterate(this.#controllerSessions),
      mediaHandlers: { choose: () => handler, reportUnreachable: () => undefined },
      tokens: {
        verify: (token) =>
          Promise.resolve({
            participantId: token,
            meetingId: this.meetingId,
            role: "participant" as const,
            grants: new Set(GRANTS),
            name: undefined,
            userId: "",
            userReference: "",
            guestId: "",
            network: "",
            mustKnock: false,
            tokenId: token,
            lifetimeMs: TOKEN_LIFETIME_MS,
          }),
        use: (grant) => {
          if (this.#usedTokens.has(grant.tokenId)) return Promise.reject(new Error("used"));
          this.#usedTokens.add(grant.tokenId);
          return Promise.resolve();
        },
      },
      events: { report: () => undefined },
      log,
    });
    this.controller.assign(this.meetingId, {
      displayName: "Weekly",
      maxParticipants: 10,
      locked: false,
      lobbyEnabled: false,
      e2eEncryption,
    });
  }

  /** Connects a client to one of the two servers. */
  readonly connect: Connect = (url) => {
    const to = url === CONTROLLER_URL ? "controller" : "media";
    const [client, server] = createSessionPair();
    this.connections.push({ to, client });
    if (to === "controller") this.#controllerSessions.push(server);
    else this.#mediaSessions.push(tapSession(server, (stream) => this.#forwarded.push(stream)));
    return client;
  };

  /** The right to join, for somebody new each time. */
  readonly fetchGrant = (): Promise<JoinGrant> => {
    const participantId = crypto.randomUUID();
    return Promise.resolve({
      meetingId: this.meetingId,
      participantId,
      joinToken: participantId,
      meetingControllerUrl: CONTROLLER_URL,
      mediaHandlerUrl: MEDIA_URL,
      certificateHashes: NO_HASHES,
      e2eEncryption: this.#e2eEncryption,
    });
  };

  /** All that the media handler wrote to its streams so far, stream after stream. */
  forwardedBytes(): Uint8Array {
    const chunks = this.#forwarded.flat();
    const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    await this.mediaHandler[Symbol.asyncDispose]();
    this.#controllerSessions.close();
    this.#mediaSessions.close();
  }
}

function iterate(queue: SessionQueue): AsyncIterable<ServerSession> {
  return { [Symbol.asyncIterator]: () => ({ next: () => queue.next() }) };
}
