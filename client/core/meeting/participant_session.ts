import {
  ErrorCode,
  type JoinResponse,
  type MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import { MediaReceiver } from "../receive/media_receiver.ts";
import type { ReceivedFrame } from "../receive/remote_stream_receiver.ts";
import type { StreamSource } from "../receive/stream_source.ts";
import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type { SignalingClient } from "../signaling/signaling_client.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { Connect } from "../transport/connect.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import { mayPublish } from "./source_grant.ts";
import { followEvent, memberOf } from "./key_events.ts";
import { MediaConnection } from "./media_connection.ts";
import { mediaServerOf } from "./media_server.ts";
import { ParticipantRequests } from "./participant_requests.ts";
import {
  type CreateKeys,
  keyDeliveries,
  type MeetingKeys,
  openerOf,
  sealerOf,
} from "./meeting_keys.ts";
import { openConnections, type OpenedConnections } from "./open_connections.ts";
import type { MeetingLog } from "./meeting_log.ts";
import { type MediaPhase, MeetingError } from "./meeting_state.ts";
import { CAPABILITIES, publishStreamMessage } from "./publication_messages.ts";
import { streamQualityOf } from "./media_control_messages.ts";
import type { ActiveSpeaker, DownlinkReport, StreamQuality } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";
import { reduceRoster, type Roster, rosterOf } from "./roster.ts";

/** What a participant's session tells its meeting. */
export interface ParticipantSessionHooks {
  /** The join was answered; called before any event after it. */
  onJoined(joined: {
    readonly grant: JoinGrant;
    readonly displayName: string;
    readonly e2eEncryption: boolean;
    readonly roster: Roster;
  }): void;
  onRoster(roster: Roster): void;
  onMediaPhase(phase: MediaPhase): void;
  onFrame(received: ReceivedFrame): void;
  /** Stream ids are those on the wire. */
  onActiveSpeakers(speakers: readonly ActiveSpeaker[]): void;
  onDownlinkReport(report: DownlinkReport): void;
  onStreamQuality(quality: StreamQuality): void;
}

/** What a participant's session needs. */
export interface ParticipantSessionOptions {
  readonly connect: Connect;
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /** Where the meeting is served, if that is known before the grant. */
  readonly endpoints: MeetingEndpoints | undefined;
  readonly sender: MediaSender;
  readonly hooks: ParticipantSessionHooks;
  readonly createKeys: CreateKeys;
  readonly log: MeetingLog;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

interface Opened extends OpenedConnections {
  readonly receiver: MediaReceiver;
  readonly requests: ParticipantRequests;
}

/**
 * One participant from grant to end: its signaling session, its keys, its media. A reconnect makes
 * another one.
 */
export class ParticipantSession implements AsyncDisposable {
  readonly #options: ParticipantSessionOptions;
  readonly #abort = new AbortController();
  readonly #media: MediaConnection;
  readonly #lost = Promise.withResolvers<unknown>();
  readonly #opening = Promise.withResolvers<Opened>();
  #opened: Opened | undefined;
  #preparing: Promise<unknown> | undefined;
  #joinAsked = false;
  #joined = false;
  #roster: Roster = [];

  constructor(options: ParticipantSessionOptions) {
    this.#options = options;
    const { connect, sender, hooks, log, now, scheduler } = options;
    this.#media = new MediaConnection({
      connect,
      sender,
      log,
      now,
      scheduler,
      onPhase: (phase) => hooks.onMediaPhase(phase),
      onActiveSpeakers: (speakers) => hooks.onActiveSpeakers(speakers),
      onDownlinkReport: (report) => hooks.onDownlinkReport(report),
      onFailed: (error) => this.#lost.resolve(error),
    });
    this.#opening.promise.catch(() => undefined);
  }

  /**
   * Begins: asks for the grant and connects to the controller and, as soon as it is known where, to
   * the media handler, side by side. To be called once; does not wait.
   */
  connect(): void {
    this.#opening.resolve(this.#open());
  }

  /** Resolves with the reason when the session cannot serve any more. Never rejects. */
  get lost(): Promise<unknown> {
    return this.#lost.promise;
  }

  /** True once the others see this participant. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Authenticates at both servers without becoming visible; does nothing once a join was asked. */
  async prepare(): Promise<void> {
    const { grant, signaling, receiver } = await this.#opening.promise;
    if (this.#joinAsked) return;
    const { meetingId, joinToken } = grant;
    this.#preparing = signaling.request("prepareRequest", { meetingId, joinToken }, {
      onAnswer: ({ mediaServer }) => this.#startMedia(mediaServer, grant, receiver),
    });
    await this.#preparing;
  }

  /**
   * Becomes visible, with all streams of the sender published.
   *
   * @throws whatever kept it from joining; the session is of no more use then.
   */
  async join(name: string): Promise<void> {
    this.#joinAsked = true;
    const { grant, signaling, keys } = await this.#opening.promise;
    const prepared = this.#preparing !== undefined;
    await this.#preparing;
    // One stream too many would have the whole join refused.
    const publications = [...this.#options.sender.streams]
      .filter(({ description }) => mayPublish(grant.grants, description.type))
      .map((stream) => ({ stream, wireStreamId: stream.claimWireStreamId() }));
    let refused: MeetingError | undefined;
    const joining = signaling.request("joinRequest", {
      meetingId: grant.meetingId,
      joinToken: prepared ? "" : grant.joinToken,
      participantName: name,
      capabilities: CAPABILITIES,
      subscribeToAll: true,
      streams: publications.map(({ stream, wireStreamId }) =>
        publishStreamMessage(stream, wireStreamId)
      ),
      ...(keys && { encryptionKeys: keys.deliveryKey }),
    }, {
      onAnswer: (response) => {
        if (response.e2eEncryption !== grant.e2eEncryption) {
          refused = new MeetingError(
            "encryption-mismatch",
            "the servers disagree whether this meeting is end-to-end encrypted",
          );
          return;
        }
        this.#onJoined(response, publications);
      },
    });
    await joining.catch((error) => {
      // After a refusal the ids are still free; after a loss nobody knows.
      if (error instanceof SignalingError) {
        for (const { stream, wireStreamId } of publications) {
          stream.releaseWireStreamId(wireStreamId);
        }
      }
      throw error;
    });
    if (refused !== undefined) throw refused;
  }

  /**
   * What the participant may ask of its controller.
   *
   * @throws {SignalingError} before there is a session with it.
   */
  get requests(): ParticipantRequests {
    return this.#requireOpened().requests;
  }

  requestKeyFrame(streamId: string, spatialLayer: number): void {
    this.#media.requestKeyFrame(streamId, spatialLayer);
  }

  setViews(views: readonly StreamView[]): void {
    this.#media.setViews(views);
  }

  networkChanged(): void {
    this.#media.networkChanged();
  }

  /** Tells the controller that this participant leaves; waits a moment at most. */
  async leave(): Promise<void> {
    await this.requests.leave({
      signal: this.#abort.signal,
      scheduler: this.#options.scheduler,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#media.close();
    this.#options.sender.withdraw();
    this.#opened?.receiver.close();
    // What is still being opened fails by the abort, or arrives and is disposed of, too.
    const opened = this.#opened ?? await this.#opening.promise.catch(() => undefined);
    opened?.receiver.close();
    await Promise.all([
      opened?.signaling[Symbol.asyncDispose](),
      opened?.keys?.[Symbol.asyncDispose](),
    ]);
  }

  async #open(): Promise<Opened> {
    const { connect, fetchGrant, endpoints, now, scheduler } = this.#options;
    const { signal } = this.#abort;
    const opened = await openConnections({
      connect,
      fetchGrant,
      endpoints,
      createKeys: (grant) => this.#createKeys(grant),
      onMediaEndpoint: (endpoint) => this.#media.connectEarly(endpoint),
      onEvent: (event) => this.#onEvent(event),
      now,
      scheduler,
      signal,
    });
    this.#opened = {
      ...opened,
      receiver: this.#createReceiver(opened.keys),
      requests: new ParticipantRequests({ ...opened, sender: this.#options.sender }),
    };
    opened.signaling.lost.then((error) => this.#lost.resolve(error));
    if (signal.aborted) opened.signaling.close();
    return this.#opened;
  }

  #createKeys({ meetingId, participantId }: JoinGrant): Promise<MeetingKeys> {
    const { createKeys, sender, log, now, scheduler } = this.#options;
    return createKeys({
      meetingId,
      participantId,
      now,
      scheduler,
      deliver: (messages) => {
        for (const delivery of keyDeliveries(messages)) this.#tell("keyDelivery", delivery);
      },
      onRatchet: () => sender.requireKeyFrames(),
      onDeliveryKeyReplaced: (encryptionKeys) =>
        this.#tell("updateEncryptionKeys", { encryptionKeys }),
      onMemberKeyRefused: (memberId, error) =>
        log.warn("delivery key refused", { memberId, error }),
    });
  }

  #createReceiver(keys: MeetingKeys | undefined): MediaReceiver {
    const { hooks, log, now, scheduler } = this.#options;
    return new MediaReceiver({
      opener: openerOf(keys),
      onFrame: (received) => hooks.onFrame(received),
      requestKeyFrame: (streamId, layer) => this.#media.requestKeyFrame(streamId, layer),
      onRefused: ({ participantId, streamId }, error) =>
        log.debug("frame refused", { senderId: participantId, streamId, error }),
      now,
      scheduler,
    });
  }

  #onJoined(
    response: JoinResponse,
    publications: readonly { stream: LocalStreamSender; wireStreamId: string }[],
  ): void {
    const { grant, keys, receiver } = this.#requireOpened();
    this.#joined = true;
    keys?.addMembers(response.existingParticipants.map(memberOf), "present");
    this.#setRoster(rosterOf(response.existingParticipants));
    for (const { stream, wireStreamId } of publications) {
      // The application may have taken a stream back meanwhile.
      if (this.#options.sender.stream(stream.streamId) === stream) {
        this.#options.sender.published(stream, { wireStreamId, sealer: sealerOf(keys) });
      } else this.#tell("unpublishStream", { streamId: wireStreamId });
    }
    this.#startMedia(response.mediaServer, grant, receiver);
    this.#options.hooks.onJoined({
      grant,
      displayName: response.displayName,
      e2eEncryption: response.e2eEncryption,
      roster: this.#roster,
    });
  }

  #onEvent(event: SignalingEvent): void {
    const { log } = this.#options;
    const opened = this.#opened;
    if (opened === undefined) return;
    const { keys, grant, receiver } = opened;
    if (keys !== undefined) followEvent(keys, event, log);
    switch (event.case) {
      case "mediaServerChanged":
        this.#startMedia(event.value, grant, receiver, true);
        break;
      case "streamQualityUpdate": {
        const streamId = this.#options.sender.localStreamId(event.value.streamId);
        if (streamId === undefined) break;
        this.#options.hooks.onStreamQuality(streamQualityOf(streamId, event.value));
        break;
      }
      case "error":
        log.warn("controller reports an error", { error: new SignalingError(event.value) });
        break;
      default:
    }
    const roster = reduceRoster(this.#roster, event);
    if (roster === this.#roster) return;
    this.#setRoster(roster);
    this.#options.hooks.onRoster(roster);
  }

  #setRoster(roster: Roster): void {
    this.#roster = roster;
    this.#opened?.receiver.setSources(roster.flatMap(sourcesOf));
  }

  #startMedia(
    info: MediaServerInfo | undefined,
    grant: JoinGrant,
    receiver: MediaReceiver,
    change = false,
  ): void {
    const server = mediaServerOf(info, grant);
    if (server === undefined || this.#abort.signal.aborted) return;
    this.#media.start(server, receiver);
    if (change) this.#media.change(server);
  }

  /** A request whose answer matters only when it is a refusal. */
  #tell(...[requestCase, value]: Parameters<SignalingClient["request"]>): void {
    const { signaling } = this.#requireOpened();
    signaling.request(requestCase, value).catch((error) => {
      if (this.#abort.signal.aborted) return;
      this.#options.log.warn("request refused", { request: requestCase, error });
    });
  }

  #requireOpened(): Opened {
    if (this.#opened === undefined) {
      throw new SignalingError({
        code: ErrorCode.INVALID_REQUEST,
        message: "not connected",
        details: {},
      });
    }
    return this.#opened;
  }
}

function sourcesOf(participant: Roster[number]): StreamSource[] {
  return participant.streams.map(({ streamId, type, codec }) => ({
    participantId: participant.id,
    streamId,
    type,
    codec,
  }));
}
