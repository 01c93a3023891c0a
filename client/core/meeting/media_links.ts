import type { Connect, ServerEndpoint } from "../transport/connect.ts";
import { wait, type WaitOptions } from "../transport/deadline.ts";
import { BackOff } from "./back_off.ts";
import { MediaLink, type MediaLinkHooks } from "./media_link.ts";
import type { MediaServer } from "./media_server.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { PathDoubt } from "./path_doubt.ts";

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
  /** Bounds what there is no way back from. */
  readonly #life: WaitOptions;
  #early: { readonly url: string; readonly link: Promise<MediaLink> } | undefined;

  constructor(options: {
    readonly connect: Connect;
    readonly hooks: MediaLinkHooks;
    readonly log: MeetingLog;
    readonly life: WaitOptions;
  }) {
    this.#connect = options.connect;
    this.#hooks = options.hooks;
    this.#log = options.log;
    this.#life = options.life;
  }

  /** Connects before there is a token. */
  connectEarly(endpoint: ServerEndpoint): void {
    const link = this.#open(endpoint, this.#life);
    link.catch(() => undefined);
    this.#early = { url: endpoint.url, link };
  }

  /** An authenticated session; tries until the signal aborts. */
  async establish({ server, signal, doubt }: EstablishOptions): Promise<EstablishedLink> {
    const options = { signal, scheduler: this.#life.scheduler };
    const backOff = new BackOff();
    while (true) {
      const current = server();
      let link: MediaLink | undefined;
      try {
        link = await this.#openOrTakeEarly(current, options);
        await doubt?.confirmed(options);
        signal.throwIfAborted();
        // Ends the session before, so there is no way back from here.
        await link.authenticate(current.connectionToken, this.#life);
        return { link, server: current };
      } catch (error) {
        if (!signal.aborted) this.#log.warn("media session not established", { error });
      }
      link?.close();
      signal.throwIfAborted();
      await wait(backOff.next(), options);
    }
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
