import type { Connect, ServerEndpoint } from "../transport/connect.ts";
import { type WaitOptions, waitOr } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { MediaLink, type MediaLinkHooks } from "./media_link.ts";
import type { MediaServer } from "./media_server.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { PathDoubt } from "./path_doubt.ts";

/**
 * Waits between two attempts at one media handler where those that fail cost something,
 * milliseconds: when it is gone, the controller says where to go instead.
 */
const DEAR_RETRY_START_MS = 1_000;
const DEAR_RETRY_LIMIT_MS = 5_000;

/** How long a controller that has come back may take to name another media handler, milliseconds. */
const CONTROLLER_NEWS_MS = 1_000;

/** Resolves when the controller is there; undefined when it is. */
export type ControllerConnecting = (signal: AbortSignal) => Promise<unknown> | undefined;

/** A media session that has authenticated. */
export interface EstablishedLink {
  readonly link: MediaLink;
  /** Where it leads, as it was known when it authenticated. */
  readonly server: MediaServer;
}

/** How a session is established. */
export interface EstablishOptions {
  /** Where to; asked again for each attempt. */
  readonly server: () => MediaServer;
  /** Resolves when there is more hope than in the attempt that is under way, or was the last. */
  readonly hope: () => Promise<void>;
  /** Gives up when it aborts, up to the moment of authentication. */
  readonly signal: AbortSignal;
  /** Whether the session that stands is to be left at all. */
  readonly doubt?: PathDoubt | undefined;
}

/** Opens media sessions, one of them before there is a token. */
export class MediaLinks {
  readonly #connect: Connect;
  readonly #hooks: MediaLinkHooks;
  readonly #log: MeetingLog;
  readonly #controllerConnecting: ControllerConnecting | undefined;
  /** Bounds what there is no way back from. */
  readonly #life: WaitOptions;
  #early: { readonly url: string; readonly link: Promise<MediaLink> } | undefined;

  constructor(options: {
    readonly connect: Connect;
    readonly hooks: MediaLinkHooks;
    readonly log: MeetingLog;
    readonly controllerConnecting?: ControllerConnecting;
    readonly life: WaitOptions;
  }) {
    this.#connect = options.connect;
    this.#hooks = options.hooks;
    this.#log = options.log;
    this.#controllerConnecting = options.controllerConnecting;
    this.#life = options.life;
  }

  /** Connects before there is a token. */
  connectEarly(endpoint: ServerEndpoint): void {
    const link = this.#open(endpoint, this.#life);
    link.catch(() => undefined);
    this.#early = { url: endpoint.url, link };
  }

  /** An authenticated session; tries until the signal aborts. */
  async establish({ server, hope, signal, doubt }: EstablishOptions): Promise<EstablishedLink> {
    const options = { signal, scheduler: this.#life.scheduler };
    const backOff = this.#connect.heldBackMs === undefined
      ? new BackOff()
      : new BackOff(Math.random, DEAR_RETRY_LIMIT_MS, DEAR_RETRY_START_MS);
    while (true) {
      await this.#controllerHeard(server, hope, options);
      const current = server();
      const superseded = new AbortController();
      hope().then(() => superseded.abort());
      const attempt = { ...options, signal: AbortSignal.any([signal, superseded.signal]) };
      let link: MediaLink | undefined;
      try {
        link = await this.#openOrTakeEarly(current, attempt);
        await doubt?.confirmed(attempt);
        attempt.signal.throwIfAborted();
        // Ends the session before, so there is no way back from here.
        await link.authenticate(current.connectionToken, this.#life);
        return { link, server: current };
      } catch (error) {
        if (!signal.aborted) this.#log.warn("media session not established", { error });
      }
      link?.close();
      signal.throwIfAborted();
      if (server() === current) await waitOr(hope(), backOff.next(), options);
    }
  }

  /** Resolves when the controller is there, and has had time to name another media handler. */
  async #controllerHeard(
    server: () => MediaServer,
    hope: () => Promise<void>,
    options: WaitOptions,
  ): Promise<void> {
    const connecting = this.#controllerConnecting?.(options.signal);
    if (connecting === undefined) return;
    const before = server();
    await connecting;
    if (server() === before) await waitOr(hope(), CONTROLLER_NEWS_MS, options);
  }

  /** Lets go of an early connection that nobody used. */
  close(): void {
    this.#early?.link.then((link) => link.close(), () => undefined);
    this.#early = undefined;
  }

  async #openOrTakeEarly(server: MediaServer, wait: WaitOptions): Promise<MediaLink> {
    const early = this.#early;
    if (early?.url !== server.url) {
      this.close();
      return await this.#open(server, wait);
    }
    this.#early = undefined;
    // An early connection that failed is not the last word: the server may be up by now.
    return await early.link.catch(() => this.#open(server, wait));
  }

  #open(endpoint: ServerEndpoint, wait: WaitOptions): Promise<MediaLink> {
    return MediaLink.connect(this.#connect, endpoint, this.#hooks, wait);
  }
}
