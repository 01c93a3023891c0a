import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaReceiver } from "../receive/media_receiver.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { Connect, ServerEndpoint } from "../transport/connect.ts";
import { wait, type WaitOptions } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { MediaLink, type MediaLinkHooks } from "./media_link.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { MediaPhase } from "./meeting_state.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";

/** How long media may be away before the whole meeting is joined anew, milliseconds. */
export const MEDIA_FAILURE_LIMIT_MS = 30_000;

/** A media handler and the token that it takes. */
export interface MediaServer extends ServerEndpoint {
  readonly connectionToken: string;
}

/** What a media connection needs. */
export interface MediaConnectionOptions {
  readonly connect: Connect;
  readonly sender: MediaSender;
  readonly onPhase: (phase: MediaPhase) => void;
  readonly onActiveSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  readonly onDownlinkReport: (report: DownlinkReport) => void;
  /** Media could not be had for {@link MEDIA_FAILURE_LIMIT_MS}; the connection has given up. */
  readonly onFailed: (error: unknown) => void;
  readonly log: MeetingLog;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

/**
 * Keeps one participant connected to its media handler: connects early, before there is a token,
 * connects again when a session is lost, and changes over to another media handler on demand,
 * the new session first.
 */
export class MediaConnection {
  readonly #options: MediaConnectionOptions;
  readonly #abort = new AbortController();
  readonly #wait: WaitOptions;
  #early: { readonly url: string; readonly link: Promise<MediaLink> } | undefined;
  #server: MediaServer | undefined;
  #link: MediaLink | undefined;
  #views: readonly StreamView[] | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: MediaConnectionOptions) {
    this.#options = options;
    this.#wait = { signal: this.#abort.signal, scheduler: options.scheduler };
  }

  /** Connects before there is a token. */
  connectEarly(endpoint: ServerEndpoint): void {
    this.#options.onPhase("connecting");
    const link = this.#connect(endpoint);
    link.catch(() => undefined);
    this.#early = { url: endpoint.url, link };
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
    this.#server = server;
    if (moved) this.#wake();
  }

  /** Changes over to this media handler now. */
  change(server: MediaServer): void {
    this.#server = server;
    this.#wake();
  }

  /** Asks for a key frame of someone else's stream, if there is a session. */
  requestKeyFrame(streamId: string, spatialLayer: number): void {
    this.#link?.requestKeyFrame(streamId, spatialLayer);
  }

  /** Says how streams are looked at, in this session and each one after it. */
  setViews(views: readonly StreamView[]): void {
    this.#views = views;
    this.#link?.setViews(views);
  }

  /** The network changed: opens another session at once, which replaces the one that stands. */
  renew(): void {
    if (this.#server !== undefined) this.#wake();
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#early?.link.then((link) => link.close(), () => undefined);
    this.#link?.close();
    this.#link = undefined;
    this.#options.onPhase("disconnected");
  }

  /** One session after the other. */
  async #serve(receiver: MediaReceiver): Promise<void> {
    const { now, log } = this.#options;
    const { signal } = this.#abort;
    const backOff = new BackOff();
    let awaySinceMs = now();
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      const previous = this.#link;
      try {
        const link = await this.#authenticatedLink();
        this.#use(link, receiver);
        previous?.close();
        backOff.reset();
        const end = await Promise.race([link.ended, changed]);
        awaySinceMs = now();
        if (signal.aborted) return;
        if (end === undefined) continue;
        log.warn("media session lost", { error: end });
      } catch (error) {
        signal.throwIfAborted();
        log.warn("media session not established", { error });
        if (now() - awaySinceMs >= MEDIA_FAILURE_LIMIT_MS) throw error;
      }
      this.#detach();
      await Promise.race([wait(backOff.next(), this.#wait), this.#changed.promise]);
    }
  }

  async #authenticatedLink(): Promise<MediaLink> {
    const server = this.#server;
    if (server === undefined) throw new Error("no media server is known");
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined && early.url !== server.url) {
      early.link.then((link) => link.close(), () => undefined);
    }
    // An early connection that failed is not the last word: the server may be up by now.
    const link = early?.url === server.url
      ? await early.link.catch(() => this.#connect(server))
      : await this.#connect(server);
    try {
      await link.authenticate(server.connectionToken);
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  #connect(endpoint: ServerEndpoint): Promise<MediaLink> {
    const { sender, log, onActiveSpeakers, onDownlinkReport } = this.#options;
    const hooks: MediaLinkHooks = {
      onKeyFrameRequest: (wireStreamId, spatialLayer) =>
        sender.keyFrameRequested(wireStreamId, spatialLayer),
      onLayerDemand: (wireStreamId, demand) => sender.layerDemanded(wireStreamId, demand),
      onActiveSpeakers,
      onDownlinkReport,
      // Each session numbers its streams for itself.
      onAcknowledgements: (link, entries) => {
        if (link === this.#link) sender.acknowledge(entries);
      },
      onError: (error) => log.warn("media handler reports an error", { error }),
    };
    return MediaLink.connect(this.#options.connect, endpoint, hooks, this.#wait);
  }

  #use(link: MediaLink, receiver: MediaReceiver): void {
    const ended = new AbortController();
    link.ended.then(() => ended.abort());
    this.#link = link;
    if (this.#views !== undefined) link.setViews(this.#views);
    this.#options.sender.attach(link.session);
    this.#options.onPhase("connected");
    receiver.receive(link.session, ended.signal).catch((error) => {
      if (ended.signal.aborted) return;
      this.#options.log.warn("media session is garbled", { error });
      link.close();
    });
  }

  #detach(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#options.sender.attach(undefined);
    this.#options.onPhase("connecting");
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
