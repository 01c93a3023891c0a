import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaReceiver } from "../receive/media_receiver.ts";
import type { ReceivingSession } from "../receive/receiving_session.ts";
import type { MediaSender } from "../send/media_sender.ts";
import { type Connect, isSamePlace, type ServerEndpoint } from "../transport/connect.ts";
import { wait, type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import type { MediaLink, MediaLinkHooks } from "./media_link.ts";
import { type ControllerConnecting, type EstablishedLink, MediaLinks } from "./media_links.ts";
import type { MediaServer } from "./media_server.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { MediaPhase } from "./meeting_state.ts";
import { NETWORK_CHANGE_GRACE_MS, PathDoubt } from "./path_doubt.ts";
import { PathWatch } from "./path_watch.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";
import { ViewRequests } from "./view_requests.ts";

/** How long media may be away before the whole meeting is joined anew, milliseconds. */
export const MEDIA_FAILURE_LIMIT_MS = 30_000;

/** A session that lasted this long was not part of a series of failures, milliseconds. */
export const STABLE_MEDIA_MS = 5_000;

/** What a media connection needs. */
export interface MediaConnectionOptions {
  readonly connect: Connect;
  readonly sender: MediaSender;
  readonly onPhase: (phase: MediaPhase) => void;
  readonly onActiveSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  readonly onDownlinkReport: (report: DownlinkReport) => void;
  /** False while media that stays away is to be waited for all the same. */
  readonly mayGiveUp?: () => boolean;
  /** While the controller is away, the network probably is. */
  readonly controllerConnecting?: ControllerConnecting;
  /** Media could not be had for {@link MEDIA_FAILURE_LIMIT_MS}; the connection has given up. */
  readonly onFailed: (error: unknown) => void;
  readonly log: MeetingLog;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

/** A media session that media go through. */
interface ServingLink extends EstablishedLink {
  readonly receiving: ReceivingSession;
  readonly watch: PathWatch;
}

/**
 * Keeps one participant connected to its media handler: connects early, before there is a token,
 * connects again when a session is lost, and changes over to another session, opened beside the
 * one that stands, when the media handler changes or the path is in doubt.
 */
export class MediaConnection {
  readonly #options: MediaConnectionOptions;
  readonly #abort = new AbortController();
  readonly #wait: WaitOptions;
  readonly #views: ViewRequests;
  readonly #links: MediaLinks;
  #server: MediaServer | undefined;
  #serving: ServingLink | undefined;
  /** Resolves when the session that stands is to be succeeded: in doubt, or in any case. */
  #succession = Promise.withResolvers<PathDoubt | undefined>();
  #doubt: PathDoubt | undefined;
  /** Resolves when another media handler is named. */
  #named = Promise.withResolvers<void>();
  readonly #hooks: MediaLinkHooks = {
    onKeyFrameRequest: (wireStreamId, spatialLayer) =>
      this.#options.sender.keyFrameRequested(wireStreamId, spatialLayer),
    onLayerDemand: (wireStreamId, demand) =>
      this.#options.sender.layerDemanded(wireStreamId, demand),
    onActiveSpeakers: (speakers) => this.#options.onActiveSpeakers(speakers),
    onDownlinkReport: (report) => this.#options.onDownlinkReport(report),
    // Each session numbers its streams for itself.
    onReport: (link, report) => {
      if (link === this.#link) this.#options.sender.report(report);
    },
    onAudio: (link, bytes) => {
      if (link === this.#link) this.#serving?.receiving.takeAudio(bytes);
    },
    onHeard: (link) => {
      if (link === this.#link) this.#heard();
    },
    onError: (error) => this.#options.log.warn("media handler reports an error", { error }),
  };

  constructor(options: MediaConnectionOptions) {
    this.#options = options;
    const { scheduler } = options;
    this.#wait = { signal: this.#abort.signal, scheduler };
    this.#links = new MediaLinks({ ...options, hooks: this.#hooks, life: this.#wait });
    this.#views = new ViewRequests({ ...options, send: (views) => this.#link?.setViews(views) });
  }

  get #link(): MediaLink | undefined {
    return this.#serving?.link;
  }

  /** Connects before there is a token. */
  connectEarly(endpoint: ServerEndpoint): void {
    this.#options.onPhase("connecting");
    this.#links.connectEarly(endpoint);
  }

  /** Serves `receiver` and the sender through this media handler until {@link close}. */
  start(server: MediaServer, receiver: MediaReceiver): void {
    if (this.#server !== undefined) return this.remember(server);
    this.#server = server;
    this.#serve(receiver).catch((error) => {
      if (!this.#abort.signal.aborted) this.#options.onFailed(error);
    });
  }

  /** The place and token for the next connection; the one that stands is kept. */
  remember(server: MediaServer): void {
    const moved = this.#server !== undefined && this.#server.url !== server.url;
    this.#name(server);
    if (moved) this.#succession.resolve(undefined);
  }

  /** Changes over to this media handler now. */
  change(server: MediaServer): void {
    this.#name(server);
    this.#succession.resolve(undefined);
  }

  /**
   * The network changed: another session is opened at once, which takes over unless the one that
   * stands proves to work.
   */
  networkChanged(): void {
    if (this.#serving === undefined || this.#doubt !== undefined) return;
    this.#options.sender.ask();
    this.#doubtPath("the network changed", NETWORK_CHANGE_GRACE_MS);
  }

  /** Asks for a key frame of someone else's stream, if there is a session. */
  requestKeyFrame(streamId: string, spatialLayer: number): void {
    this.#link?.requestKeyFrame(streamId, spatialLayer);
  }

  /** Says how streams are looked at, in this session and each one after it. */
  setViews(views: readonly StreamView[]): void {
    this.#views.set(views);
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#links.close();
    this.#letGo();
    this.#views.close();
    this.#options.onPhase("disconnected");
  }

  /** One session after the other. */
  async #serve(receiver: MediaReceiver): Promise<void> {
    const { sender, now, onPhase } = this.#options;
    const { signal } = this.#abort;
    const backOff = new BackOff();
    let usedSinceMs = now();
    while (!signal.aborted) {
      const next = this.#link === undefined
        ? await this.#reconnect()
        : await this.#successor(this.#link);
      if (signal.aborted) return next?.link.close();
      if (next === undefined) {
        this.#letGo();
        sender.attach(undefined);
        onPhase("connecting");
        if (now() - usedSinceMs >= STABLE_MEDIA_MS) backOff.reset();
        await wait(backOff.next(), this.#wait);
      } else {
        this.#use(next, receiver);
        usedSinceMs = now();
      }
    }
  }

  /**
   * A session while there is none.
   *
   * @throws when there is none for {@link MEDIA_FAILURE_LIMIT_MS}, and it may give up.
   */
  async #reconnect(): Promise<EstablishedLink> {
    while (true) {
      try {
        return await this.#reconnectInTime();
      } catch (error) {
        this.#abort.signal.throwIfAborted();
        if (this.#options.mayGiveUp?.() ?? true) throw error;
      }
    }
  }

  async #reconnectInTime(): Promise<EstablishedLink> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, over.signal]);
    const limitMs = MEDIA_FAILURE_LIMIT_MS + (this.#options.connect.heldBackMs?.() ?? 0);
    try {
      return await withDeadline(this.#establish(signal), limitMs, this.#wait);
    } finally {
      over.abort();
    }
  }

  /** The session that takes over from `current`; undefined when that ended before there was one. */
  async #successor(current: MediaLink): Promise<EstablishedLink | undefined> {
    const { log } = this.#options;
    const ended = new AbortController();
    current.ended.then((error) => {
      if (!this.#abort.signal.aborted) log.warn("media session ended", { error });
      ended.abort();
    });
    while (true) {
      const lost = Promise.withResolvers<"lost">();
      ended.signal.addEventListener("abort", () => lost.resolve("lost"), { once: true });
      if (ended.signal.aborted) return undefined;
      const reason = await Promise.race([lost.promise, this.#succession.promise]);
      if (reason === "lost") return undefined;
      this.#succession = Promise.withResolvers();
      const signals = [this.#abort.signal, ended.signal, reason?.recovered].filter((s) => !!s);
      try {
        return await this.#establish(AbortSignal.any(signals), reason);
      } catch {
        if (this.#abort.signal.aborted || ended.signal.aborted) return undefined;
        log.info("media goes on as before", {});
      } finally {
        if (reason !== undefined) this.#doubt = undefined;
      }
    }
  }

  #establish(signal: AbortSignal, doubt?: PathDoubt): Promise<EstablishedLink> {
    return this.#links.establish({
      server: () => this.#requireServer(),
      hope: () => this.#named.promise,
      signal,
      doubt,
    });
  }

  /** Media goes through `link` from now on. */
  #use({ link, server }: EstablishedLink, receiver: MediaReceiver): void {
    const { sender, log, now, scheduler } = this.#options;
    const previous = this.#link;
    this.#serving?.watch.stop();
    const ended = new AbortController();
    link.ended.then(() => ended.abort());
    const watch = new PathWatch({
      now,
      scheduler,
      unreportedForMs: () => sender.unreportedForMs(),
      ask: () => sender.ask(),
      onDead: () => this.#doubtPath("the media path is silent", 0),
    });
    const receiving = receiver.attach(link, () => {
      if (link !== this.#link) return;
      watch.mediaCame();
      this.#heard();
    });
    this.#serving = { link, server, receiving, watch };
    // What was asked for meanwhile has been done, unless the media handler changed again.
    if (server === this.#server) this.#succession = Promise.withResolvers();
    watch.start();
    this.#views.sendAll();
    sender.attach(link);
    this.#options.onPhase("connected");
    receiving.receiveStreams(ended.signal).catch((error) => {
      if (ended.signal.aborted) return;
      log.warn("media session is garbled", { error });
      link.close();
    });
    previous?.close();
  }

  #letGo(): void {
    this.#serving?.watch.stop();
    this.#link?.close();
    this.#serving = undefined;
    this.#doubt = undefined;
  }

  #heard(): void {
    this.#serving?.watch.heard();
    this.#doubt?.heard();
  }

  #doubtPath(why: string, graceMs: number): void {
    if (this.#doubt !== undefined) return;
    this.#options.log.info("another media session is opened", { why });
    this.#doubt = new PathDoubt(graceMs, this.#options.now);
    this.#succession.resolve(this.#doubt);
  }

  #name(server: MediaServer): void {
    const isSame = this.#server !== undefined && isSamePlace(this.#server, server);
    this.#server = server;
    if (isSame) return;
    this.#named.resolve();
    this.#named = Promise.withResolvers();
  }

  #requireServer(): MediaServer {
    if (this.#server === undefined) throw new Error("no media server is known");
    return this.#server;
  }
}
