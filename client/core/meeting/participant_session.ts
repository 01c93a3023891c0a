import {
  ErrorCode,
  type JoinResponse,
  type LobbyResponse,
  type MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import { MediaReceiver } from "../receive/media_receiver.ts";
import type { ReceivedFrame } from "../receive/remote_stream_receiver.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { RequestCase, Requests, SignalingEvent } from "../signaling/requests.ts";
import type { SignalingClient } from "../signaling/signaling_client.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { ChatLog } from "../talk/chat_log.ts";
import { plainContent } from "../talk/content_protection.ts";
import { type Said, Talk } from "../talk/talk.ts";
import type { Connect, ServerEndpoint } from "../transport/connect.ts";
import { ControllerLink } from "./controller_link.ts";
import { ControllerPlaces } from "./controller_places.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import { MediaConnection } from "./media_connection.ts";
import { mediaServerOf } from "./media_server.ts";
import type { MeetingNotices } from "./meeting_actions.ts";
import type { MeetingEpoch } from "./meeting_epoch.ts";
import { type CreateKeys, keyDeliveries, type MeetingKeys, openerOf } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";
import { type MediaPhase, MeetingError } from "./meeting_state.ts";
import { MeetingView, type MeetingViewHooks } from "./meeting_view.ts";
import { openConnections, type OpenedConnections } from "./open_connections.ts";
import { openSignaling } from "./open_signaling.ts";
import { ParticipantRequests } from "./participant_requests.ts";
import { CAPABILITIES } from "./publication_messages.ts";
import { Publications } from "./publications.ts";
import { isResumeSecret, ResumeIdentity } from "./resume_identity.ts";
import { resumeSession } from "./resumption.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";

/** Who was away longer than this may have been given up by the others, milliseconds. */
const GIVEN_UP_AFTER_MS = 9_000;

/** What a participant's session tells its meeting. */
export interface ParticipantSessionHooks extends MeetingViewHooks {
  /** The join was answered; called before any event after it. */
  onJoined(joined: {
    readonly grant: JoinGrant;
    readonly displayName: string;
    readonly e2eEncryption: boolean;
  }): void;
  /** A host or co-host has to let the participant in. */
  onWaiting(lobby: { readonly displayName: string }): void;
  /** Whether the controller is away, when that changes; media goes on. */
  onAway(away: boolean): void;
  onSaid(said: Partial<Said>): void;
  onReaction: NonNullable<MeetingNotices["onReaction"]>;
  onMediaPhase(phase: MediaPhase): void;
  onFrame(received: ReceivedFrame): void;
  /** Stream ids are those on the wire. */
  onActiveSpeakers(speakers: readonly ActiveSpeaker[]): void;
  onDownlinkReport(report: DownlinkReport): void;
}

/** What a participant's session needs. */
export interface ParticipantSessionOptions {
  readonly connect: Connect;
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /** Where the meeting is served now. */
  readonly fetchEndpoints?:
    | ((options: { readonly signal: AbortSignal }) => Promise<MeetingEndpoints>)
    | undefined;
  /** Where the meeting is served, if that is known before the grant. */
  readonly endpoints: MeetingEndpoints | undefined;
  readonly epoch: MeetingEpoch;
  readonly chat: ChatLog;
  readonly sender: MediaSender;
  readonly hooks: ParticipantSessionHooks;
  readonly createKeys: CreateKeys;
  readonly random?: (() => number) | undefined;
  readonly log: MeetingLog;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

interface Opened extends OpenedConnections {
  readonly identity: ResumeIdentity;
  readonly places: ControllerPlaces;
  readonly receiver: MediaReceiver;
  readonly talk: Talk;
  readonly requests: ParticipantRequests;
  readonly view: MeetingView;
}

/**
 * One participant from grant to end: its keys, its media, and its way to whichever controller has
 * the meeting. Only when no controller knows it any more is another participant made.
 */
export class ParticipantSession implements AsyncDisposable {
  readonly #options: ParticipantSessionOptions;
  readonly #abort = new AbortController();
  readonly #media: MediaConnection;
  readonly #link: ControllerLink;
  readonly #lost = Promise.withResolvers<unknown>();
  readonly #opening = Promise.withResolvers<Opened>();
  readonly #admitted = Promise.withResolvers<void>();
  #opened: Opened | undefined;
  #preparing: Promise<unknown> | undefined;
  #joinAsked = false;
  #joined = false;
  #waited = false;
  /** Undefined when the session cannot be resumed. */
  #resumeSecret: Uint8Array | undefined;
  #awaySinceMs: number | undefined;

  constructor(options: ParticipantSessionOptions) {
    this.#options = options;
    const { connect, sender, hooks, random, log, now, scheduler } = options;
    this.#link = new ControllerLink({
      resume: () => this.#resumption(),
      onAway: (away) => this.#onAway(away),
      random,
      now,
      scheduler,
      log,
    });
    this.#media = new MediaConnection({
      connect,
      sender,
      log,
      now,
      scheduler,
      mayGiveUp: () => this.#link.connected,
      onPhase: (phase) => hooks.onMediaPhase(phase),
      onActiveSpeakers: (speakers) => hooks.onActiveSpeakers(speakers),
      onDownlinkReport: (report) => hooks.onDownlinkReport(report),
      onFailed: (error) => this.#lost.resolve(error),
    });
    this.#link.lost.then((error) => this.#lost.resolve(error));
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

  /** True once the participant was in the lobby. */
  get waited(): boolean {
    return this.#waited;
  }

  /** Authenticates at both servers without becoming visible; does nothing once a join was asked. */
  async prepare(): Promise<void> {
    const { grant } = await this.#opening.promise;
    // Who has to knock is prepared nothing before somebody lets them in.
    if (this.#joinAsked || grant.mustKnock) return;
    const { meetingId, joinToken } = grant;
    this.#preparing = this.#link.request("prepareRequest", { meetingId, joinToken }, {
      resend: false,
      onAnswer: ({ mediaServer }) => this.#startMedia(mediaServer),
    });
    await this.#preparing;
  }

  /**
   * Becomes visible, with all streams of the sender published; in a meeting with a lobby, once
   * somebody lets the participant in.
   *
   * @throws whatever kept it from joining; the session is of no more use then.
   */
  async join(name: string): Promise<void> {
    this.#joinAsked = true;
    const { grant } = await this.#opening.promise;
    const prepared = this.#preparing !== undefined;
    await this.#preparing;
    await this.#askToJoin(name, prepared ? "" : grant.joinToken);
    if (this.#joined) return;
    const lost = this.#lost.promise.then((error) => Promise.reject(error));
    await Promise.race([this.#admitted.promise, lost]);
    await this.#askToJoin(name, "");
    if (!this.#joined) throw new MeetingError("protocol", "admitted, and told to wait again");
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
    this.#link[Symbol.dispose]();
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
    const { fetchGrant, endpoints, sender, hooks, log } = this.#options;
    const [connections, identity] = await Promise.all([
      openConnections({
        ...this.#signalingOptions(this.#abort.signal),
        fetchGrant,
        endpoints,
        createKeys: (grant) => this.#createKeys(grant),
        onMediaEndpoint: (endpoint) => this.#media.connectEarly(endpoint),
      }),
      ResumeIdentity.generate(),
    ]);
    const { grant, keys, controller, signaling } = connections;
    const { participantId: selfId } = grant;
    const receiver = this.#createReceiver(keys);
    const talk = new Talk({
      selfId,
      chat: this.#options.chat,
      protection: keys ?? plainContent,
      onSaid: (said) => hooks.onSaid(said),
      onReaction: (reaction) => hooks.onReaction(reaction),
      log,
    });
    this.#opened = {
      ...connections,
      identity,
      receiver,
      talk,
      places: new ControllerPlaces(controller, grant.certificateHashes),
      requests: new ParticipantRequests({ link: this.#link, keys, sender, talk }),
      view: new MeetingView({ selfId, keys, receiver, talk, hooks, log }),
    };
    this.#options.epoch.concerns(grant.meetingId);
    this.#link.use(signaling);
    return this.#opened;
  }

  #signalingOptions(signal: AbortSignal) {
    const { connect, epoch, now, scheduler } = this.#options;
    return {
      connect,
      now,
      scheduler,
      signal,
      acceptEpoch: (heard: bigint) => epoch.accept(heard),
      onEvent: (event: SignalingEvent, signaling: SignalingClient) => {
        if (this.#link.isCurrent(signaling)) this.#onEvent(event);
      },
    };
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

  async #askToJoin(name: string, joinToken: string): Promise<void> {
    const { grant, keys, identity } = this.#requireOpened();
    const publications = new Publications(this.#options.sender, grant.grants);
    let refused: MeetingError | undefined;
    const joining = this.#link.request("joinRequest", {
      meetingId: grant.meetingId,
      joinToken,
      participantName: name,
      capabilities: CAPABILITIES,
      subscribeToAll: true,
      streams: publications.messages,
      identityKey: identity.publicKey,
      ...(keys && { encryptionKeys: keys.deliveryKey }),
    }, {
      resend: false,
      onAnswer: (response) => {
        if (isLobby(response)) {
          publications.refused();
          this.#onWaiting(response);
        } else if (response.e2eEncryption === grant.e2eEncryption) {
          this.#onJoined(response, publications);
        } else refused = encryptionMismatch();
      },
    });
    await joining.catch((error) => {
      // After a refusal the ids are still free; after a loss nobody knows.
      if (error instanceof SignalingError) publications.refused();
      throw error;
    });
    if (refused !== undefined) throw refused;
  }

  #onWaiting({ displayName }: LobbyResponse): void {
    this.#waited = true;
    this.#options.hooks.onWaiting({ displayName });
  }

  #onJoined(response: JoinResponse, publications: Publications): void {
    const { grant, keys, view, places, controller } = this.#requireOpened();
    this.#joined = true;
    this.#keepSecret(response.resumeSecret);
    places.moved(controller, response.alternatives);
    this.#options.hooks.onJoined({
      grant,
      displayName: response.displayName,
      e2eEncryption: response.e2eEncryption,
    });
    view.joined(response);
    publications.accepted(keys, (requestCase, value) => this.#tell(requestCase, value));
    this.#startMedia(response.mediaServer);
  }

  /** How the session is resumed; undefined when it cannot be. */
  #resumption(): ((movedTo: ServerEndpoint | undefined) => Promise<void>) | undefined {
    if (!this.#joined || this.#resumeSecret === undefined) return undefined;
    const { places } = this.#requireOpened();
    const { fetchEndpoints, random, scheduler, log } = this.#options;
    return (movedTo) =>
      resumeSession({
        places: movedTo === undefined ? places.all : [movedTo, ...places.all],
        moved: movedTo !== undefined,
        connect: (endpoint, signal) => openSignaling(endpoint, this.#signalingOptions(signal)),
        resume: (signaling, endpoint, signal) => this.#askToResume(signaling, endpoint, signal),
        endpointOf: (info) => places.endpointOf(info),
        fetchEndpoint: fetchEndpoints && (async (options) => {
          const { meetingControllerUrl, certificateHashes } = await fetchEndpoints(options);
          return { url: meetingControllerUrl, certificateHashes };
        }),
        random,
        scheduler,
        signal: this.#abort.signal,
        log,
      });
  }

  async #askToResume(
    signaling: SignalingClient,
    endpoint: ServerEndpoint,
    signal: AbortSignal,
  ): Promise<void> {
    const { grant, keys, identity, talk } = this.#requireOpened();
    const { meetingId, participantId } = grant;
    const secret = this.#resumeSecret!;
    const proof = await identity.prove({ meetingId, participantId, secret });
    signal.throwIfAborted();
    const publications = new Publications(this.#options.sender, grant.grants);
    const resuming = signaling.request("resumeRequest", {
      meetingId,
      participantId,
      secret,
      proof,
      lastMessageNumber: talk.lastMessageNumber,
      streams: publications.messages,
      ...(keys && { encryptionKeys: keys.deliveryKey }),
    }, {
      signal,
      onAnswer: (response) => this.#onResumed(response, { signaling, endpoint, publications }),
    });
    await resuming.catch((error) => {
      if (error instanceof SignalingError) publications.refused();
      throw error;
    });
  }

  #onResumed(
    response: JoinResponse,
    { signaling, endpoint, publications }: {
      readonly signaling: SignalingClient;
      readonly endpoint: ServerEndpoint;
      readonly publications: Publications;
    },
  ): void {
    const { grant, keys, view, places } = this.#requireOpened();
    if (response.e2eEncryption !== grant.e2eEncryption) {
      return this.#lost.resolve(encryptionMismatch());
    }
    const awaySinceMs = this.#awaySinceMs;
    this.#keepSecret(response.resumeSecret);
    places.moved(endpoint, response.alternatives);
    this.#link.use(signaling);
    view.resumed(response);
    publications.accepted(keys, (requestCase, value) => this.#tell(requestCase, value));
    this.#startMedia(response.mediaServer);
    if (awaySinceMs !== undefined && this.#options.now() - awaySinceMs >= GIVEN_UP_AFTER_MS) {
      keys?.resendKeys();
    }
    this.#options.hooks.onAway(false);
  }

  #onAway(away: boolean): void {
    this.#awaySinceMs = away ? this.#options.now() : undefined;
    // That it is back is told once all is as the controller says.
    if (away) this.#options.hooks.onAway(true);
  }

  #onEvent(event: SignalingEvent): void {
    const { view, places } = this.#requireOpened();
    switch (event.case) {
      case "admissionDecided":
        return this.#admitted.resolve();
      case "resumeSecret":
        return this.#keepSecret(event.value.secret);
      case "mediaServerChanged":
        return this.#startMedia(event.value, true);
      case "meetingMoved": {
        const endpoint = places.endpointOf(event.value.controller);
        if (endpoint !== undefined) this.#link.moveTo(endpoint);
        return;
      }
      default:
        view.follow(event);
    }
  }

  #keepSecret(secret: Uint8Array): void {
    if (isResumeSecret(secret)) this.#resumeSecret = secret;
  }

  #startMedia(info: MediaServerInfo | undefined, change = false): void {
    const { grant, receiver } = this.#requireOpened();
    const server = mediaServerOf(info, grant);
    if (server === undefined || this.#abort.signal.aborted) return;
    this.#media.start(server, receiver);
    if (change) this.#media.change(server);
  }

  /** A request whose answer matters only when it is a refusal. */
  #tell<C extends RequestCase>(requestCase: C, value: Requests[C]): void {
    this.#link.request(requestCase, value).catch((error) => {
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

function isLobby(response: JoinResponse | LobbyResponse): response is LobbyResponse {
  return response.$typeName === "dark_tower.signaling.v1.LobbyResponse";
}

function encryptionMismatch(): MeetingError {
  return new MeetingError(
    "encryption-mismatch",
    "the servers disagree whether this meeting is end-to-end encrypted",
  );
}
