import type {
  MediaServerInfo,
  MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import { type Clock, pause } from "../clock.ts";
import { RouteChanges } from "../subscription/route_changes.ts";
import {
  isFailure,
  type MediaCallOptions,
  type MediaCommandScope,
  type MediaHandler,
  MediaHandlerError,
  type MediaHandlers,
} from "./media_handlers.ts";
import { type MediaPlan, MediaUnavailableError } from "./media_plan.ts";
import { MediaRegistrations, REGISTRATIONS_AT_ONCE } from "./media_registrations.ts";
import { MediaTakeover } from "./media_takeover.ts";
import { PendingRemovals } from "./pending_removals.ts";
import { ToldWaiters } from "./told_waiters.ts";

/** How many media handlers one registration tries before it gives up. */
export const REGISTRATION_ATTEMPTS = 3;
/** Most removals that wait for their turn; beyond, the handler is taken for dead. */
export const MAX_PENDING_REMOVALS = 1_000;
/** Refusals in a row after which a handler is taken for dead. */
export const MAX_REFUSALS = 3;
/** How long the end of a meeting waits for its last calls, milliseconds. */
export const LAST_CALLS_LIMIT_MS = 2_000;
const RETRY_START_MS = 100;
const RETRY_LIMIT_MS = 2_000;

/** What {@link MeetingMedia} is made of. */
export interface MeetingMediaOptions {
  readonly meetingId: string;
  /** Of the ownership of the meeting: every command carries it. */
  readonly epoch: bigint;
  readonly e2eEncryption: () => boolean;
  readonly handlers: MediaHandlers;
  readonly plan: MediaPlan;
  /** A media handler obeys another owner of the meeting: nothing is told any more. */
  readonly onStale: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The media of one meeting at its media handler: one handler at a time, kept as long as it lives.
 * Changes of routes and removals go there in order, one call at a time, and what happens meanwhile
 * is merged. Registrations do not wait for them, since nothing names a participant before it is
 * registered. When the handler is gone, all is made again at another one from the plan.
 */
export class MeetingMedia implements AsyncDisposable {
  /** Changes of routes yet to be told; after adding any, call {@link wake}. */
  readonly changes = new RouteChanges();

  readonly #options: MeetingMediaOptions;
  readonly #ended = new AbortController();
  readonly #scope: MediaCommandScope;
  readonly #registrations: MediaRegistrations;
  readonly #removals = new PendingRemovals();
  #handler: MediaHandler | undefined;
  readonly #takeover: MediaTakeover;
  readonly #waiters: ToldWaiters;
  #call: MediaCallOptions = {};
  #refusals = 0;
  #needsRebuild = false;
  #pumping: Promise<void> | undefined;

  constructor(options: MeetingMediaOptions) {
    this.#options = options;
    this.#waiters = new ToldWaiters(options.clock);
    this.#scope = { meetingId: options.meetingId, epoch: options.epoch };
    this.#registrations = new MediaRegistrations({ ...options, scope: this.#scope });
    this.#takeover = new MediaTakeover({
      scope: this.#scope,
      registrations: this.#registrations,
      log: options.log,
      failed: (handler, error) => this.#onFailure(handler, error),
    });
  }

  /** The meeting's handler, chosen now if there is none; undefined when all are gone or full. */
  place(): MediaHandler | undefined {
    if (this.#handler !== undefined) return this.#handler;
    const handler = this.#options.handlers.choose();
    if (handler !== undefined) this.#settleAt(handler);
    return this.#handler;
  }

  /**
   * Goes on with the media that the owner before set up for these participants. It stays where it is
   * while that handler lives: nobody notices. Else all is made again at another one.
   */
  takeOver(handlerId: string, participantIds: Iterable<string>): void {
    const from = this.#options.handlers.find(handlerId);
    this.#takeover.begin(participantIds, from);
    if (from !== undefined) this.#settleAt(from);
    this.#needsRebuild = true;
    this.wake();
  }

  #settleAt(handler: MediaHandler): void {
    this.#handler = handler;
    handler.gone.addEventListener("abort", () => this.#onGone(handler), {
      once: true,
      signal: this.#ended.signal,
    });
    if (handler.gone.aborted) this.#onGone(handler);
    else this.#options.plan.placed(handler.handlerId);
  }

  /** Where the meeting's media is; undefined: nowhere yet. */
  get handlerId(): string | undefined {
    return this.#handler?.handlerId;
  }

  /** Whether what `handlerId` measures is about this meeting. */
  isAt(handlerId: string): boolean {
    return this.#handler?.handlerId === handlerId;
  }

  /**
   * Makes the participant known to the meeting's handler, or to the next one if that fails.
   *
   * @throws {MediaUnavailableError}
   */
  async register(
    participantId: string,
    streams: readonly MediaStream[],
    call: MediaCallOptions,
  ): Promise<MediaServerInfo> {
    // Only when the same id just left: its removal must not hit the new registration.
    await this.#removals.settled(participantId);
    // Whom the handler gets to know before it is told who stays would not stay.
    await this.#takeover.ended();
    for (let attempt = 0; attempt < REGISTRATION_ATTEMPTS; attempt++) {
      const handler = this.place();
      if (handler === undefined) break;
      try {
        const info = await this.#registrations.registerAt(handler, participantId, streams, call);
        if (this.#ended.signal.aborted) break;
        if (this.#handler !== handler) continue;
        this.#registrations.put(participantId, handler, info);
        return info;
      } catch (error) {
        if (!(error instanceof MediaHandlerError)) throw error;
        this.#options.log.warn("registration at media handler failed", { participantId, error });
        if (error.failure === "stale") this.#onStale();
        if (error.failure !== "unreachable") break;
        this.#options.handlers.reportUnreachable(handler);
      }
    }
    throw new MediaUnavailableError("no media handler takes the participant");
  }

  /**
   * Where the media of somebody is who was registered before; asks the handler only when that is long
   * ago: after the crash of a controller everybody comes back at once.
   *
   * @throws {MediaUnavailableError}
   */
  async reach(
    participantId: string,
    streams: readonly MediaStream[],
    call: MediaCallOptions,
  ): Promise<MediaServerInfo> {
    await this.#takeover.ended();
    const fresh = this.#handler && this.#registrations.freshAt(this.#handler, participantId);
    return fresh ?? await this.register(participantId, streams, call);
  }

  /** The participant and all it sent and got is gone. Told in the order of the other changes. */
  remove(participantId: string): void {
    if (!this.#registrations.delete(participantId)) return;
    this.changes.forgetParticipant(participantId);
    if (this.#removals.size >= MAX_PENDING_REMOVALS && this.#handler !== undefined) {
      this.#options.handlers.reportUnreachable(this.#handler);
    } else this.#removals.add(participantId);
    this.wake();
  }

  /** Resolves once the handler has let go of a participant who was removed, or is itself gone. */
  async removed(participantId: string): Promise<void> {
    await this.#removals.settled(participantId);
  }

  /**
   * Resolves once the handler knows all changes of routes so far, or after a while (`TOLD_LIMIT_MS`):
   * one that does not answer learns them as soon as it does.
   */
  async told(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    if (!this.#hasWork() && this.#pumping === undefined) return;
    await this.#waiters.wait();
  }

  /** Tells the changes so far, as soon as what was told before has been answered. */
  wake(call: MediaCallOptions = {}): void {
    if (call.traceparent !== undefined) this.#call = call;
    this.#pumping ??= this.#pump().catch((error) => {
      this.#options.log.error("telling the media handler failed", { error });
      return pause(this.#options.clock, RETRY_LIMIT_MS, this.#ended.signal);
    }).then(() => {
      this.#pumping = undefined;
      // Not before: whoever began to wait since the last call would wait for the next one.
      if (!this.#hasWork()) this.#waiters.resolveAll();
      else if (!this.#ended.signal.aborted) this.wake();
    });
  }

  /** Waits, for a bounded time, until the handler knows of the last removals. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = new AbortController();
    const waited = pause(this.#options.clock, LAST_CALLS_LIMIT_MS, limit.signal);
    await Promise.race([this.#pumping, waited]);
    limit.abort();
    this.abandon();
  }

  /** Tells nothing more: the meeting is another controller's. */
  abandon(): void {
    this.#ended.abort();
    this.#takeover.abandon();
    this.#removals.clear();
    this.#waiters.resolveAll();
  }

  #onStale(): void {
    if (this.#ended.signal.aborted) return;
    this.abandon();
    this.#options.onStale();
  }

  #hasWork(): boolean {
    return this.#needsRebuild || this.#removals.size > 0 || !this.changes.isEmpty;
  }

  async #pump(): Promise<void> {
    while (this.#hasWork() && !this.#ended.signal.aborted) {
      const handler = this.#handler;
      if (this.#needsRebuild) await this.#rebuild();
      else if (handler === undefined) this.#forgetAll();
      else if (this.#removals.size > 0) await this.#tellRemovals(handler);
      else await this.#tellRoutes(handler);
    }
  }

  async #tellRemovals(handler: MediaHandler): Promise<void> {
    await Promise.all(
      this.#removals.first(REGISTRATIONS_AT_ONCE).map(async (participantId) => {
        try {
          await handler.removeParticipant(this.#scope, participantId);
        } catch (error) {
          this.#options.log.warn("removal at media handler failed", { participantId, error });
          if (isFailure(error, "stale")) this.#onStale();
          if (isFailure(error, "unreachable")) this.#options.handlers.reportUnreachable(handler);
        } finally {
          this.#removals.settle(participantId);
        }
      }),
    );
  }

  async #tellRoutes(handler: MediaHandler): Promise<void> {
    const commands = this.changes.takeBatch();
    const waiting = this.changes.isEmpty ? this.#waiters.take() : [];
    const call = this.#call;
    this.#call = {};
    try {
      await handler.routeMedia(this.#scope, commands, call);
      this.#refusals = 0;
      for (const resolve of waiting) resolve();
    } catch (error) {
      this.#waiters.putBack(waiting);
      this.#options.log.warn("routes at media handler failed", { error });
      this.#onFailure(handler, error);
    }
  }

  #onFailure(handler: MediaHandler, error: unknown): void {
    if (isFailure(error, "stale")) return this.#onStale();
    this.#refusals++;
    if (isFailure(error, "unreachable") || this.#refusals >= MAX_REFUSALS) {
      this.#options.handlers.reportUnreachable(handler);
      return;
    }
    this.#registrations.invalidate();
    this.#needsRebuild = true;
  }

  #onGone(handler: MediaHandler): void {
    if (this.#handler !== handler) return;
    this.#handler = undefined;
    this.#refusals = 0;
    this.#needsRebuild = true;
    this.#takeover.end(undefined);
    // Whom the dead knew matters no more.
    this.#removals.clear();
    this.wake();
  }

  /** Makes everything again at the meeting's handler or, if that is gone, at another. */
  async #rebuild(): Promise<void> {
    const { plan, clock, log } = this.#options;
    for (let waitMs = RETRY_START_MS; !this.#ended.signal.aborted; waitMs *= 2) {
      this.#needsRebuild = false;
      this.changes.clear();
      if (this.#registrations.size === 0 && !this.#takeover.isUnderWay) return;
      const handler = this.place();
      if (handler !== undefined) await this.#takeover.tellWhoStays(handler);
      const done = handler !== undefined && await this.#registerAllAt(handler);
      if (done && this.#handler === handler) {
        // What changed meanwhile is in the plan.
        this.changes.clear();
        for (const route of plan.routes()) this.changes.publish(route, true);
        log.info("media placed anew", { handlerId: handler.handlerId });
        return;
      }
      if (waitMs === RETRY_START_MS) log.warn("no media handler yet");
      await pause(clock, Math.min(waitMs, RETRY_LIMIT_MS), this.#ended.signal);
    }
  }

  async #registerAllAt(handler: MediaHandler): Promise<boolean> {
    return await this.#registrations.registerAllAt(handler, {
      failed: (participantId, error) => {
        this.#options.log.warn("moving a participant failed", { participantId, error });
        this.#onFailure(handler, error);
      },
      left: (participantId) => this.#removals.add(participantId),
    });
  }

  /** Nobody is registered anywhere, so there is nobody to tell. */
  #forgetAll(): void {
    this.#removals.clear();
    this.changes.clear();
  }
}
