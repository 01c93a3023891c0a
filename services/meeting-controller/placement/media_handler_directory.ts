import type {
  MediaHandlerInfo,
  MediaTelemetryReport,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import { type Clock, pause } from "../clock.ts";
import {
  type MediaHandler,
  MediaHandlerError,
  type MediaHandlers,
  type MediaListener,
} from "./media_handlers.ts";
import { ConnectedParticipants, type Presence } from "./media_presence.ts";
import { chooseMediaHandler } from "./placement.ts";
import type { RpcMediaHandler } from "./rpc_media_handler.ts";

/** How long one that was unreachable is chosen only when there is no other, milliseconds. */
export const FAILURE_MEMORY_MS = 10_000;
/** Most media handlers known at a time. */
export const MAX_MEDIA_HANDLERS = 1_000;
/** Telemetry connections in a row that may fail before the handler is taken for dead. */
export const MAX_TELEMETRY_FAILURES = 2;
const TELEMETRY_RETRY_MS = 250;
const TELEMETRY_REFUSED_RETRY_MS = 5_000;

interface Known {
  info: MediaHandlerInfo;
  handler: RpcMediaHandler;
  /** It was in the last list of healthy ones. */
  listed: boolean;
  placedSince: number;
  /** Monotonic milliseconds. */
  failedAtMs: number;
  readonly connected: ConnectedParticipants;
}

/**
 * The media handlers that the global controller names. Each is also watched from here, by the
 * connection its telemetry comes over: one that dies is noticed at once, and one that the global
 * controller merely lost sight of goes on serving the meetings it has.
 */
export class MediaHandlerDirectory implements MediaHandlers, AsyncDisposable {
  readonly #known = new Map<string, Known>();
  readonly #ended = new AbortController();
  readonly #watches = new Set<Promise<void>>();

  constructor(
    private readonly options: {
      connect: (info: MediaHandlerInfo) => RpcMediaHandler;
      listener: MediaListener;
      clock: Clock;
      log: Logger;
    },
  ) {}

  /** Takes the list of the healthy ones, as each heartbeat brings it. */
  update(healthy: readonly MediaHandlerInfo[]): void {
    const listed = new Map(
      healthy.slice(0, MAX_MEDIA_HANDLERS).map((info) => [info.handlerId, info]),
    );
    for (const [handlerId, known] of this.#known) {
      known.listed = listed.has(handlerId);
      if (known.listed) continue;
      // A new process at the same place: the old one is certainly dead.
      const replaced = healthy.some((info) =>
        info.endpoint === known.info.endpoint || info.rpcEndpoint === known.info.rpcEndpoint
      );
      if (replaced) this.#lose(known, "replaced");
    }
    for (const info of listed.values()) {
      const known = this.#known.get(info.handlerId);
      if (known === undefined) this.#add(info);
      else Object.assign(known, { info, placedSince: 0 });
    }
  }

  choose(): MediaHandler | undefined {
    const now = this.options.clock.now();
    const candidates = [...this.#known.values()].filter(({ listed }) => listed).map((known) => ({
      ...known,
      known,
      recentlyFailed: now - known.failedAtMs < FAILURE_MEMORY_MS,
    }));
    const chosen = chooseMediaHandler(candidates);
    const known = candidates.find((candidate) => candidate === chosen)?.known;
    if (known === undefined) return undefined;
    known.placedSince++;
    if (known.handler.gone.aborted) this.#connect(known);
    return known.handler;
  }

  find(handlerId: string): MediaHandler | undefined {
    const known = this.#known.get(handlerId);
    return known?.handler.gone.aborted === false ? known.handler : undefined;
  }

  connected(handlerId: string, meetingId: string): Iterable<string> {
    return this.#known.get(handlerId)?.connected.of(meetingId) ?? [];
  }

  reportUnreachable(handler: MediaHandler): void {
    const known = this.#known.get(handler.handlerId);
    if (known?.handler === handler) this.#lose(known, "unreachable");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#watches);
  }

  #add(info: MediaHandlerInfo): void {
    const known: Known = {
      info,
      handler: this.options.connect(info),
      listed: true,
      placedSince: 0,
      failedAtMs: -Infinity,
      connected: new ConnectedParticipants(),
    };
    this.#known.set(info.handlerId, known);
    this.options.log.info("media handler found", describe(info));
    this.#watch(known, known.handler);
  }

  #connect(known: Known): void {
    known.handler = this.options.connect(known.info);
    this.#watch(known, known.handler);
  }

  #lose(known: Known, reason: string): void {
    known.failedAtMs = this.options.clock.now();
    if (!known.listed) this.#known.delete(known.info.handlerId);
    if (known.handler.gone.aborted) return;
    this.options.log.warn("media handler lost", { ...describe(known.info), reason });
    this.#tellPresence(known, known.connected.replace([]));
    known.handler.abandon();
  }

  #watch(known: Known, handler: RpcMediaHandler): void {
    const watch = this.#follow(known, handler).catch((error) => {
      this.options.log.error("watching a media handler failed", { error });
    }).then(() => {
      this.#watches.delete(watch);
    });
    this.#watches.add(watch);
  }

  async #follow(known: Known, handler: RpcMediaHandler): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, handler.gone]);
    for (let failures = 0; !signal.aborted;) {
      try {
        let isFirst = true;
        for await (const report of handler.reports(signal)) {
          failures = 0;
          this.#take(known, report, isFirst);
          isFirst = false;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof MediaHandlerError && error.failure !== "unreachable") {
          this.options.log.warn("media handler refuses telemetry", {
            ...describe(known.info),
            error,
          });
          await pause(this.options.clock, TELEMETRY_REFUSED_RETRY_MS, signal);
          continue;
        }
        if (++failures >= MAX_TELEMETRY_FAILURES) {
          if (known.handler === handler) this.#lose(known, "unreachable");
          return;
        }
      }
      await pause(this.options.clock, TELEMETRY_RETRY_MS, signal);
      // Nobody names it any more and nobody answers: it is not asked for ever.
      if (!known.listed && failures > 0) this.#lose(known, "unreachable");
    }
  }

  #take(known: Known, { telemetry, presence }: MediaTelemetryReport, isFirst: boolean): void {
    const { connected, info: { handlerId } } = known;
    const news = isFirst
      ? connected.replace(presence)
      : presence.filter((entry) => connected.note(entry));
    this.#tellPresence(known, news);
    for (const measured of telemetry) this.options.listener.onTelemetry(handlerId, measured);
  }

  #tellPresence({ info }: Known, news: readonly Presence[]): void {
    for (const entry of news) this.options.listener.onPresence(info.handlerId, entry);
  }
}

function describe({ handlerId, endpoint, rpcEndpoint }: MediaHandlerInfo) {
  return { handlerId, endpoint, rpcEndpoint };
}
