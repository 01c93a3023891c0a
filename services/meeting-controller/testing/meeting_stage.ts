import { strictEqual } from "node:assert/strict";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  EncryptionKeysSchema,
  type JoinRequestSchema,
  type PublishStream,
  PublishStreamSchema,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage } from "../../../proto/signaling/message_framing.ts";
import { createLogger } from "../../runtime/log.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import type {
  BidirectionalStream,
  ServerSession,
  WebTransportSession,
} from "../../runtime/webtransport/session.ts";
import { type Clock, systemClock } from "../clock.ts";
import { InProcessFactTable, InProcessMeetingFacts } from "../facts/in_process_meeting_facts.ts";
import type { MeetingOccurrence } from "../events/meeting_events.ts";
import { createMeetingController, type MeetingController } from "../meeting_controller.ts";
import type { Capacity } from "../meeting/capacity.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import { InProcessOwnerTable } from "../ownership/in_process_owner_table.ts";
import { InProcessOwnership } from "../ownership/in_process_ownership.ts";
import type { MeetingOwnership } from "../ownership/meeting_ownership.ts";
import { InProcessMeetingStateStore } from "../state/in_process_meeting_state_store.ts";
import { InProcessUsedTokenStore } from "../token/in_process_used_token_store.ts";
import { JoinTokenVerifier } from "../token/join_token.ts";
import type { UsedTokenStore } from "../token/used_token_store.ts";
import { FakeMediaHandlers } from "./fake_media_handlers.ts";
import { JoinTokenIssuer } from "./join_token_issuer.ts";
import { eventLoopTurn, ManualClock } from "./manual_clock.ts";
import { ResumablePerson, ResumeIdentity } from "./resumable_person.ts";
import { SignalingClient, type ValueOf } from "./signaling_client.ts";
import { testSettings } from "./test_tenure.ts";
import { createVanishingPair } from "./vanishing_session.ts";

export const CONTROLLER_ID = "00000000-0000-4000-8000-00000000c0de";

const issuer = await JoinTokenIssuer.create();

/** A meeting controller with one meeting, without any network. */
export class MeetingStage implements AsyncDisposable {
  readonly meetingId = crypto.randomUUID();
  readonly occurrences: MeetingOccurrence[] = [];
  readonly issuer = issuer;
  #arrive: ReadableStreamDefaultController<ServerSession> | undefined;
  readonly controller: MeetingController;
  readonly owners = new InProcessOwnerTable(systemClock);
  readonly facts = new InProcessFactTable(this.owners);
  readonly store: InProcessMeetingStateStore;
  readonly #ownership: MeetingOwnership;

  private constructor(
    readonly media: FakeMediaHandlers,
    readonly clock: Clock,
    tokens: JoinTokenVerifier,
    capacity: Capacity | undefined,
  ) {
    const log = createLogger("test");
    const controllerId = CONTROLLER_ID;
    const place = { controllerId, endpoint: "https://mc.test:4433", certificateHashes: [] };
    this.store = new InProcessMeetingStateStore(clock);
    // Leases run by the real time: a clock that stands still or leaps is not to lose the meeting.
    this.#ownership = new InProcessOwnership({
      table: this.owners,
      place,
      clock: systemClock,
      log,
    });
    this.controller = createMeetingController({
      sessions: new ReadableStream<ServerSession>({
        start: (controller) => {
          this.#arrive = controller;
        },
      }),
      mediaHandlers: media,
      tokens,
      events: { report: (occurrence) => this.occurrences.push(occurrence) },
      ownership: this.#ownership,
      facts: new InProcessMeetingFacts({ table: this.facts, controllerId }),
      store: this.store,
      alternatives: () => [],
      capacity,
      clock,
      log,
    });
  }

  static async open(options: {
    media?: FakeMediaHandlers;
    clock?: Clock;
    settings?: Partial<MeetingSettings>;
    usedTokens?: UsedTokenStore;
    capacity?: Capacity;
  } = {}): Promise<MeetingStage> {
    const clock = options.clock ?? systemClock;
    const tokens = new JoinTokenVerifier({
      audience: CONTROLLER_ID,
      usedTokens: options.usedTokens ?? new InProcessUsedTokenStore({ now: () => clock.now() }),
      clock,
      log: createLogger("test"),
    });
    await tokens.setKeys(issuer.jwks);
    const { media = new FakeMediaHandlers(), capacity } = options;
    const stage = new MeetingStage(media, clock, tokens, capacity);
    stage.assign(options.settings);
    return stage;
  }

  /** As the global controller does: the settings are facts, and told. */
  assign(settings: Partial<MeetingSettings> = {}): void {
    const assigned = testSettings(settings);
    this.facts.put(this.meetingId, assigned);
    this.controller.assign(this.meetingId, assigned);
  }

  /** Ends the meeting as the global controller does. */
  async end(): Promise<void> {
    this.owners.end(this.meetingId);
    await this.controller.end(this.meetingId);
  }

  /** A valid token, but for what `claims` override. */
  token(
    participantId: string = crypto.randomUUID(),
    claims: Record<string, unknown> = {},
  ): Promise<string> {
    return issuer.issue({
      claims,
      audience: CONTROLLER_ID,
      meetingId: this.meetingId,
      participantId,
      nowMs: this.clock.wallNow(),
    });
  }

  /** A client whose session stands; nothing has been said. */
  async connect(): Promise<SignalingClient> {
    const { client, server, vanish } = createVanishingPair();
    this.#arrive?.enqueue(server);
    return await SignalingClient.connect(client, vanish);
  }

  /** Tells whether the media of somebody is connected. */
  tellMedia(participantId: string, connected: boolean, handlerId = "mh-1"): void {
    const presence = { meetingId: this.meetingId, participantId, connected };
    this.controller.onPresence(handlerId, presence);
  }

  /** Resolves once the media handlers, which answer at once, know all that was changed. */
  async settle(): Promise<void> {
    await eventLoopTurn();
  }

  /** A client that never reads what it is sent. */
  async connectUnread(): Promise<[stream: BidirectionalStream, session: WebTransportSession]> {
    const [client, server] = createSessionPair();
    this.#arrive?.enqueue(server);
    return [await client.createBidirectionalStream(), client];
  }

  /** A join request as it goes on the wire. */
  async joinBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const message = await this.joinRequest(name);
    const envelope = create(ClientEnvelopeSchema, { version: 1, requestId: 1, message });
    return frameMessage(toBinary(ClientEnvelopeSchema, envelope));
  }

  async joinRequest(
    name: string,
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
  ): Promise<{ case: "joinRequest"; value: MessageInitShape<typeof JoinRequestSchema> }> {
    return {
      case: "joinRequest",
      value: {
        meetingId: this.meetingId,
        joinToken: fields.joinToken ?? await this.token(),
        participantName: name,
        encryptionKeys: deliveryKey(),
        subscribeToAll: true,
        ...fields,
      },
    };
  }

  /** A client that has joined. */
  async join(
    name: string,
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
  ): Promise<SignalingClient & { joined: ValueOf<"joinResponse"> }> {
    const client = await this.connect();
    const joined = await client.request(await this.joinRequest(name, fields), "joinResponse");
    return Object.assign(client, { joined });
  }

  /** Somebody who has joined and can resume. */
  async joinAs(
    name: string,
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
  ): Promise<ResumablePerson> {
    const identity = await ResumeIdentity.create();
    const client = await this.join(name, { identityKey: identity.publicKey, ...fields });
    return new ResumablePerson({
      meetingId: this.meetingId,
      identity,
      client,
      secret: client.joined.resumeSecret,
      connect: () => this.connect(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const disposed = Promise.resolve(this.controller[Symbol.asyncDispose]());
    if (this.clock instanceof ManualClock) await this.clock.advanceUntil(disposed);
    await disposed;
    await this.#ownership[Symbol.asyncDispose]();
    this.#arrive?.close();
    if (this.clock instanceof ManualClock) {
      strictEqual(this.clock.pending, 0, "a timer outlives its controller");
    }
  }
}

/** A delivery key as far as the server can tell. */
export function deliveryKey() {
  const publicKey = crypto.getRandomValues(new Uint8Array(65));
  publicKey[0] = 4;
  return create(EncryptionKeysSchema, { publicKey, keyId: "abcdefghijklmnop" });
}

/** A stream as a client publishes it. */
export function audioStream(
  fields: { streamId?: string; streamType?: StreamType; muted?: boolean } = {},
): PublishStream {
  return create(PublishStreamSchema, {
    streamId: crypto.randomUUID(),
    metadata: { codec: "opus", maxBitrate: 32_000 },
    ...fields,
  });
}

/** A camera as a client publishes it, in a layer for each of `layerIds`, the smallest first. */
export function cameraStream(layerIds: readonly string[] = ["low", "high"]): PublishStream {
  const simulcastLayers = layerIds.map((layerId, spatialLayer) => ({
    layerId,
    spatialLayer,
    width: 320 << spatialLayer,
    height: 180 << spatialLayer,
    minBitrate: 50_000 << spatialLayer,
    maxBitrate: 250_000 << spatialLayer,
  }));
  return create(PublishStreamSchema, {
    streamId: crypto.randomUUID(),
    streamType: StreamType.VIDEO_CAMERA,
    metadata: { codec: "vp8", video: { width: 640, height: 360, simulcastLayers } },
  });
}
