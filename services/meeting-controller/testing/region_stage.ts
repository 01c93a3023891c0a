import { strictEqual } from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MeetingControllerEntrySchema } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { JoinRequestSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { PublishStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "../../../proto/signaling/resume_proof.ts";
import { createLogger } from "../../runtime/log.ts";
import type { ServerSession } from "../../runtime/webtransport/session.ts";
import { InProcessFactTable, InProcessMeetingFacts } from "../facts/in_process_meeting_facts.ts";
import type { MeetingFacts } from "../facts/meeting_facts.ts";
import { createMeetingController, type MeetingController } from "../meeting_controller.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import { InProcessOwnerTable } from "../ownership/in_process_owner_table.ts";
import { LeasedOwnership } from "../ownership/leased_ownership.ts";
import type { MeetingOwnership } from "../ownership/meeting_ownership.ts";
import { ControllerDirectory } from "../placement/controller_directory.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { InProcessMeetingStateStore } from "../state/in_process_meeting_state_store.ts";
import type { MeetingStateStore } from "../state/meeting_state_store.ts";
import { InProcessUsedTokenStore } from "../token/in_process_used_token_store.ts";
import { JoinTokenVerifier } from "../token/join_token.ts";
import { reachable, reachableMedia } from "./cut_off.ts";
import { FakeMediaHandlers } from "./fake_media_handlers.ts";
import { JoinTokenIssuer } from "./join_token_issuer.ts";
import { ManualClock } from "./manual_clock.ts";
import { audioStream, deliveryKey } from "./meeting_stage.ts";
import { SignalingClient, type ValueOf } from "./signaling_client.ts";
import { createVanishingPair } from "./vanishing_session.ts";
import { cutWith } from "./unreliable_owner_table.ts";

const issuer = await JoinTokenIssuer.create();
/** How far the clock is turned between two turns of the event loop, milliseconds. */
const STEP_MS = 200;

/** The stores as one controller reaches them. */
export interface ConnectedStores {
  readonly ownership: MeetingOwnership;
  readonly facts: MeetingFacts;
  readonly store: MeetingStateStore;
}

/** The stores that the controllers of a region share. */
export interface SharedStores {
  /** A new meeting. @returns its id. */
  addMeeting(settings: MeetingSettings): Promise<string>;
  /** One controller's own way to them; `reach`: whether it gets there. */
  connect(
    place: ControllerPlace,
    reach: { isCut: boolean },
  ): Promise<ConnectedStores>;
}

/** One meeting controller of a region. */
export class Node {
  readonly controller: MeetingController;
  readonly others: ControllerDirectory;
  readonly #clients = new Set<SignalingClient>();
  #arrive: ReadableStreamDefaultController<ServerSession> | undefined;

  constructor(
    readonly place: ControllerPlace,
    stage: RegionStage,
    tokens: JoinTokenVerifier,
    readonly reach: { isCut: boolean },
    readonly stores: ConnectedStores,
  ) {
    this.others = new ControllerDirectory(place.controllerId);
    this.controller = createMeetingController({
      ...stores,
      alternatives: (meetingId) => this.others.alternatives(meetingId),
      sessions: new ReadableStream<ServerSession>({
        start: (controller) => {
          this.#arrive = controller;
        },
      }),
      mediaHandlers: reachableMedia(stage.media, this.reach),
      tokens,
      events: { report: () => undefined },
      clock: stage.clock,
      log: stage.log,
    });
  }

  async connect(): Promise<SignalingClient> {
    const { client, server, vanish } = createVanishingPair();
    this.#arrive?.enqueue(server);
    const connected = await SignalingClient.connect(client, vanish);
    this.#clients.add(connected);
    return connected;
  }

  /** Is dead from now on: reaches nobody, gives nothing up, and nobody reaches it. */
  kill(): void {
    this.reach.isCut = true;
    for (const client of this.#clients) client.lose();
  }
}

/** Somebody in the meeting, who can come back at any controller. */
export class Person {
  secret: Uint8Array;

  constructor(
    readonly stage: RegionStage,
    readonly name: string,
    readonly identity: CryptoKeyPair,
    public streams: PublishStream[],
    public client: SignalingClient,
    public joined: ValueOf<"joinResponse">,
  ) {
    this.secret = joined.resumeSecret;
  }

  get id(): string {
    return this.joined.participantId;
  }

  /** The request by which the person comes back. */
  async resumeRequest() {
    const { meetingId } = this.stage;
    const session = { meetingId, participantId: this.id, secret: this.secret };
    const proof = await crypto.subtle.sign(
      RESUME_PROOF_ALGORITHM,
      this.identity.privateKey,
      resumeProofBytes(session),
    );
    const value = { ...session, proof: new Uint8Array(proof), streams: this.streams };
    return { case: "resumeRequest" as const, value };
  }

  /** Comes back at this controller. */
  async resumeAt(node: Node): Promise<ValueOf<"joinResponse">> {
    const client = await node.connect();
    this.joined = await client.request(await this.resumeRequest(), "joinResponse");
    this.secret = this.joined.resumeSecret;
    this.client = client;
    return this.joined;
  }
}

/** Several meeting controllers that share their stores and media handlers, and one meeting. */
export class RegionStage implements AsyncDisposable {
  readonly nodes: Node[] = [];
  readonly log = createLogger("test");

  private constructor(
    readonly meetingId: string,
    readonly clock: ManualClock,
    readonly media: FakeMediaHandlers,
    readonly stores: SharedStores,
  ) {}

  /** By default there are two controllers, and their stores are in this process. */
  static async open(options: {
    clock?: ManualClock;
    media?: FakeMediaHandlers;
    stores?: SharedStores;
    nodes?: number;
  } = {}): Promise<RegionStage> {
    const { clock = new ManualClock(), media = new FakeMediaHandlers(), nodes = 2 } = options;
    const { stores = new InProcessStores(clock) } = options;
    const stage = new RegionStage(await stores.addMeeting(MEETING_SETTINGS), clock, media, stores);
    for (let index = 0; index < nodes; index++) await stage.#addNode(index);
    stage.announce(...stage.nodes);
    return stage;
  }

  /** All controllers learn that these are the healthy ones. */
  announce(...healthy: Node[]): void {
    const entries = healthy.map(({ place }) =>
      create(MeetingControllerEntrySchema, {
        controllerId: place.controllerId,
        endpoint: place.endpoint,
      })
    );
    for (const node of this.nodes) node.others.update(entries);
  }

  /** Somebody who has joined at this controller. */
  async join(
    node: Node,
    name: string,
    fields: MessageInitShape<typeof JoinRequestSchema> & { role?: string } = {},
  ): Promise<Person> {
    const { role, ...rest } = fields;
    const streams = [audioStream()];
    const identity = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["sign", "verify"],
    );
    const identityKey = new Uint8Array(await crypto.subtle.exportKey("raw", identity.publicKey));
    const client = await node.connect();
    const joined = await client.request({
      case: "joinRequest",
      value: {
        meetingId: this.meetingId,
        joinToken: await this.token(node, role),
        participantName: name,
        encryptionKeys: deliveryKey(),
        subscribeToAll: true,
        identityKey,
        streams,
        ...rest,
      },
    }, "joinResponse");
    return new Person(this, name, identity, streams, client, joined);
  }

  /** A token that is good at this controller. */
  token(
    node: Node,
    role = "participant",
    meetingId = this.meetingId,
    claims: Record<string, unknown> = {},
  ): Promise<string> {
    return issuer.issue({
      claims: { role, ...claims },
      audience: node.place.controllerId,
      meetingId,
      participantId: crypto.randomUUID(),
      nowMs: this.clock.wallNow(),
    });
  }

  /** Lets time pass as machines see it: whatever is due happens in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.advance(Math.min(STEP_MS, left));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { controller, stores: { ownership } } of this.nodes) {
      await this.clock.advanceUntil(Promise.resolve(controller[Symbol.asyncDispose]()));
      await this.clock.advanceUntil(Promise.resolve(ownership[Symbol.asyncDispose]()));
    }
    strictEqual(this.clock.pending, 0, "a timer outlives the controllers");
  }

  async #addNode(index: number): Promise<void> {
    const controllerId = crypto.randomUUID();
    const tokens = new JoinTokenVerifier({
      audience: controllerId,
      usedTokens: new InProcessUsedTokenStore({ now: () => this.clock.now() }),
      clock: this.clock,
      log: this.log,
    });
    await tokens.setKeys(issuer.jwks);
    const endpoint = `https://mc-${index}.test:4433`;
    const place = { controllerId, endpoint, certificateHashes: [] };
    const reach = { isCut: false };
    this.nodes.push(
      new Node(place, this, tokens, reach, await this.stores.connect(place, reach)),
    );
  }
}

/** Of the meeting of a stage. */
export const MEETING_SETTINGS: MeetingSettings = {
  displayName: "Stand-up",
  maxParticipants: 100,
  e2eEncryption: true,
  locked: false,
  lobbyEnabled: false,
};

/** The in-process siblings of PostgreSQL and Redis. */
export class InProcessStores implements SharedStores {
  readonly owners: InProcessOwnerTable;
  readonly facts: InProcessFactTable;
  readonly state: InProcessMeetingStateStore;

  constructor(private readonly clock: ManualClock) {
    this.owners = new InProcessOwnerTable(clock);
    this.facts = new InProcessFactTable(this.owners);
    this.state = new InProcessMeetingStateStore(clock);
  }

  addMeeting(settings: MeetingSettings): Promise<string> {
    const meetingId = crypto.randomUUID();
    this.facts.put(meetingId, settings);
    return Promise.resolve(meetingId);
  }

  connect(place: ControllerPlace, reach: { isCut: boolean }) {
    const table = cutWith(this.owners, reach);
    const log = createLogger("test");
    return Promise.resolve({
      ownership: new LeasedOwnership({ table, place, clock: this.clock, log }),
      facts: new InProcessMeetingFacts({ table: this.facts, controllerId: place.controllerId }),
      store: reachable(this.state, reach),
    });
  }
}
