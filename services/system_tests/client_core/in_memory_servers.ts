import { createClient, createRouterTransport } from "@connectrpc/connect";
import type { Connect, JoinGrant } from "../../../client/core/meeting/meeting.ts";
import {
  MediaHandlerInfoSchema,
  MediaHandlerService,
  MeetingControllerEntrySchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { create } from "@bufbuild/protobuf";
import { createMediaHandler, type MediaHandler } from "../../media-handler/media_handler.ts";
import { mediaHandlerService } from "../../media-handler/rpc/media_handler_service.ts";
import { systemClock } from "../../meeting-controller/clock.ts";
import {
  InProcessFactTable,
  InProcessMeetingFacts,
} from "../../meeting-controller/facts/in_process_meeting_facts.ts";
import {
  createMeetingController,
  type MeetingController,
} from "../../meeting-controller/meeting_controller.ts";
import type { MeetingSettings } from "../../meeting-controller/meeting/meeting_settings.ts";
import { InProcessOwnerTable } from "../../meeting-controller/ownership/in_process_owner_table.ts";
import { LeasedOwnership } from "../../meeting-controller/ownership/leased_ownership.ts";
import { GRANTS } from "../../meeting-controller/participant/grant.ts";
import { ControllerDirectory } from "../../meeting-controller/placement/controller_directory.ts";
import { RpcMediaHandler } from "../../meeting-controller/placement/rpc_media_handler.ts";
import { InProcessMeetingStateStore } from "../../meeting-controller/state/in_process_meeting_state_store.ts";
import { reachable, reachableMedia } from "../../meeting-controller/testing/cut_off.ts";
import { UnreliableOwnerTable } from "../../meeting-controller/testing/unreliable_owner_table.ts";
import type { JoinTokens } from "../../meeting-controller/token/join_token.ts";
import { createLogger } from "../../runtime/log.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import type { ServerSession, WebTransportSession } from "../../runtime/webtransport/session.ts";
import { SessionQueue } from "../../runtime/webtransport/session_queue.ts";
import { tapSession } from "./wire_tap.ts";

const CONTROLLER_URLS = ["https://controller.test:4433/", "https://other-controller.test:4433/"];
const MEDIA_URL = "https://media.test:4434/";
const WAITING_SESSIONS = 64;
const TOKEN_LIFETIME_MS = 300_000;
const NO_HASHES: Uint8Array[] = [];
/** Time between two looks whether everybody has followed, milliseconds. */
const HAND_OVER_INTERVAL_MS = 20;

/** One attempt of a client to connect. */
export interface Connection {
  readonly to: "controller" | "media";
  readonly url: string;
  readonly client: WebTransportSession;
}

/** How the servers of a test differ from those of most. */
export interface InMemoryServersOptions {
  readonly e2eEncryption?: boolean;
  readonly lobbyEnabled?: boolean;
}

/** One of the meeting controllers. */
class ControllerNode {
  readonly place;
  readonly others: ControllerDirectory;
  readonly sessions = new SessionQueue(WAITING_SESSIONS);
  /** Whether it reaches nothing any more. */
  readonly reach = { isCut: false };
  controller!: MeetingController;
  ownership!: LeasedOwnership;
  owners!: UnreliableOwnerTable;

  constructor(readonly url: string) {
    const controllerId = crypto.randomUUID();
    this.place = { controllerId, endpoint: url, certificateHashes: NO_HASHES };
    this.others = new ControllerDirectory(controllerId);
  }
}

/**
 * Two real meeting controllers and the real media handler in this process, with sessions that need
 * no network, and every byte that the media handler sends kept. The meeting begins at the first
 * controller.
 */
export class InMemoryServers implements AsyncDisposable {
  readonly meetingId = crypto.randomUUID();
  readonly connections: Connection[] = [];
  /** What the next grants allow and say. */
  grant: { readonly role: "host" | "participant"; readonly mustKnock: boolean } = {
    role: "participant",
    mustKnock: false,
  };
  readonly #forwarded: Uint8Array[][] = [];
  readonly #nodes: readonly ControllerNode[];
  readonly mediaHandler: MediaHandler;
  readonly #mediaSessions = new SessionQueue(WAITING_SESSIONS);
  readonly #settings: MeetingSettings;
  readonly #usedTokens = new Set<string>();
  readonly #issued = new Map<string, { role: "host" | "participant"; mustKnock: boolean }>();

  constructor({ e2eEncryption = true, lobbyEnabled = false }: InMemoryServersOptions = {}) {
    this.#settings = {
      displayName: "Weekly",
      maxParticipants: 10,
      locked: false,
      lobbyEnabled,
      e2eEncryption,
    };
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
    const mediaHandlers = {
      choose: () => handler,
      find: () => handler,
      connected: () => [],
      reportUnreachable: () => undefined,
    };
    const table = new InProcessOwnerTable(systemClock);
    const facts = new InProcessFactTable(table);
    const store = new InProcessMeetingStateStore(systemClock);
    facts.put(this.meetingId, this.#settings);
    this.#nodes = CONTROLLER_URLS.map((url) => new ControllerNode(url));
    const entries = this.#nodes.map(({ place }) => create(MeetingControllerEntrySchema, place));
    for (const node of this.#nodes) {
      const { place, reach } = node;
      node.others.update(entries);
      node.owners = new UnreliableOwnerTable(table);
      node.ownership = new LeasedOwnership({
        table: node.owners,
        place,
        clock: systemClock,
        log,
      });
      node.controller = createMeetingController({
        sessions: iterate(node.sessions),
        ownership: node.ownership,
        store: reachable(store, reach),
        facts: new InProcessMeetingFacts({ table: facts, controllerId: place.controllerId }),
        alternatives: (meetingId) => node.others.alternatives(meetingId),
        mediaHandlers: reachableMedia(mediaHandlers, reach),
        tokens: this.#tokens,
        events: { report: () => undefined },
        log,
      });
    }
    this.controller.assign(this.meetingId, this.#settings);
  }

  /** The controller that the meeting begins at. */
  get controller(): MeetingController {
    return this.#nodes[0]!.controller;
  }

  /** Hands the meeting from the first controller over to the other one. */
  async drain(): Promise<void> {
    while (!await this.controller.handOver()) {
      await new Promise((resolve) => setTimeout(resolve, HAND_OVER_INTERVAL_MS));
    }
  }

  /** The first controller is dead from now on: nobody reaches it, and it gives nothing up. */
  kill(): void {
    const first = this.#nodes[0]!;
    first.reach.isCut = true;
    first.owners.isCut = true;
    for (const { url, client } of this.connections) if (url === first.url) client.close();
  }

  /** Connects a client to one of the servers. */
  readonly connect: Connect = (url) => {
    const node = this.#nodes.find((candidate) => candidate.url === url);
    if (node?.reach.isCut) throw new Error("nobody answers");
    const [client, server] = createSessionPair();
    this.connections.push({ to: node === undefined ? "media" : "controller", url, client });
    if (node !== undefined) node.sessions.push(server);
    else this.#mediaSessions.push(tapSession(server, (stream) => this.#forwarded.push(stream)));
    return client;
  };

  /** The right to join, for somebody new each time. */
  readonly fetchGrant = (): Promise<JoinGrant> => {
    const participantId = crypto.randomUUID();
    const { mustKnock } = this.grant;
    this.#issued.set(participantId, this.grant);
    return Promise.resolve({
      meetingId: this.meetingId,
      participantId,
      joinToken: participantId,
      meetingControllerUrl: this.#nodes.find(({ reach }) => !reach.isCut)!.url,
      mediaHandlerUrl: MEDIA_URL,
      certificateHashes: NO_HASHES,
      e2eEncryption: this.#settings.e2eEncryption,
      mustKnock,
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
    for (const { controller, ownership, sessions } of this.#nodes) {
      await controller[Symbol.asyncDispose]();
      await ownership[Symbol.asyncDispose]();
      sessions.close();
    }
    await this.mediaHandler[Symbol.asyncDispose]();
    this.#mediaSessions.close();
  }

  get #tokens(): JoinTokens {
    return {
      verify: (token) =>
        Promise.resolve({
          participantId: token,
          meetingId: this.meetingId,
          role: this.#issued.get(token)?.role ?? "participant",
          grants: new Set(GRANTS),
          name: undefined,
          userId: "",
          userReference: "",
          tokenId: token,
          guestId: "",
          network: "",
          mustKnock: this.#issued.get(token)?.mustKnock ?? false,
          lifetimeMs: TOKEN_LIFETIME_MS,
        }),
      use: (grant) => {
        if (this.#usedTokens.has(grant.tokenId)) return Promise.reject(new Error("used"));
        this.#usedTokens.add(grant.tokenId);
        return Promise.resolve();
      },
    };
  }
}

function iterate(queue: SessionQueue): AsyncIterable<ServerSession> {
  return { [Symbol.asyncIterator]: () => ({ next: () => queue.next() }) };
}
