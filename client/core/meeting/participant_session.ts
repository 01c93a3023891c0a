import {
  ErrorCode,
  type JoinResponse,
  type MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { RequestCase, Requests, SignalingEvent } from "../signaling/requests.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { ControllerLink } from "./controller_link.ts";
import { encryptionMismatch, Entrance } from "./entrance.ts";
import { MEDIA_FAILURE_LIMIT_MS, MediaConnection } from "./media_connection.ts";
import { mediaServerOf } from "./media_server.ts";
import { type OpenedParticipant, openParticipant } from "./open_participant.ts";
import type { OpenSignalingOptions } from "./open_signaling.ts";
import type { ParticipantRequests } from "./participant_requests.ts";
import type { ParticipantSessionOptions } from "./participant_session_options.ts";
import type { Publications } from "./publications.ts";
import type { Resumed } from "./resumable_session.ts";
import type { StreamView } from "./stream_view.ts";

export type {
  ParticipantSessionHooks,
  ParticipantSessionOptions,
} from "./participant_session_options.ts";

/** Who was away longer than this may have been given up by the others, milliseconds. */
const GIVEN_UP_AFTER_MS = 9_000;

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
  readonly #opening = Promise.withResolvers<OpenedParticipant>();
  readonly #entrance: Entrance;
  #opened: OpenedParticipant | undefined;
  #awaySinceMs: number | undefined;

  constructor(options: ParticipantSessionOptions) {
    this.#options = options;
    const { connect, sender, hooks, random, log, now, scheduler } = options;
    this.#link = new ControllerLink({
      resume: () => {
        const resumable = this.joined ? this.#opened?.resumable : undefined;
        return resumable?.possible ? (movedTo) => resumable.resume(movedTo) : undefined;
      },
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
      controllerConnecting: (signal) => this.#link.connecting(signal),
      // While the network is gone, so are both: that is no failure of media.
      mayGiveUp: () => this.#link.connectedForMs >= MEDIA_FAILURE_LIMIT_MS,
      onPhase: (phase) => hooks.onMediaPhase(phase),
      onActiveSpeakers: (speakers) => hooks.onActiveSpeakers(speakers),
      onDownlinkReport: (report) => hooks.onDownlinkReport(report),
      onFailed: (error) => this.#lost.resolve(error),
    });
    this.#entrance = new Entrance({
      link: this.#link,
      sender,
      opening: this.#opening.promise,
      lost: this.#lost.promise,
      onPrepared: (server) => this.#startMedia(server),
      onWaiting: ({ displayName }) => hooks.onWaiting({ displayName }),
      onJoined: (response, publications) => this.#onJoined(response, publications),
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
    return this.#entrance.joined;
  }

  /** True once the participant was in the lobby. */
  get waited(): boolean {
    return this.#entrance.waited;
  }

  /** Authenticates at both servers without becoming visible; does nothing once a join was asked. */
  async prepare(): Promise<void> {
    await this.#entrance.prepare();
  }

  /**
   * Becomes visible, with all streams of the sender published; in a meeting with a lobby, once
   * somebody lets the participant in.
   *
   * @throws whatever kept it from joining; the session is of no more use then.
   */
  async join(name: string): Promise<void> {
    await this.#entrance.join(name);
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
    this.#entrance.abandon();
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

  async #open(): Promise<OpenedParticipant> {
    const { signal } = this.#abort;
    this.#opened = await openParticipant(this.#options, {
      link: this.#link,
      signal,
      signaling: (given) => this.#signalingOptions(given),
      onMediaEndpoint: (endpoint) => this.#media.connectEarly(endpoint),
      requestKeyFrame: (streamId, layer) => this.#media.requestKeyFrame(streamId, layer),
      tell: (requestCase, value) => this.#tell(requestCase, value),
      onResumed: (resumed) => this.#onResumed(resumed),
    });
    this.#options.epoch.concerns(this.#opened.grant.meetingId);
    this.#link.use(this.#opened.signaling);
    return this.#opened;
  }

  #signalingOptions(signal: AbortSignal): OpenSignalingOptions {
    const { connect, epoch, now, scheduler } = this.#options;
    return {
      connect,
      now,
      scheduler,
      signal,
      acceptEpoch: (heard) => epoch.accept(heard),
      onEvent: (event, signaling) => {
        if (this.#link.isCurrent(signaling)) this.#onEvent(event);
      },
    };
  }

  #onJoined(response: JoinResponse, publications: Publications): void {
    const { grant, keys, view, places, resumable, controller } = this.#requireOpened();
    resumable.keepSecret(response.resumeSecret);
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

  #onResumed({ response, signaling, publications }: Resumed): void {
    const { grant, keys, view } = this.#requireOpened();
    if (response.e2eEncryption !== grant.e2eEncryption) {
      return this.#lost.resolve(encryptionMismatch());
    }
    const awaySinceMs = this.#awaySinceMs;
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
    const { view, places, resumable } = this.#requireOpened();
    switch (event.case) {
      case "admissionDecided":
        return this.#entrance.admit();
      case "resumeSecret":
        return resumable.keepSecret(event.value.secret);
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

  #requireOpened(): OpenedParticipant {
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
