import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { Answers, RequestCase, Requests } from "../signaling/requests.ts";
import type { RequestOptions, SignalingClient } from "../signaling/signaling_client.ts";
import { SignalingError, SignalingLostError } from "../signaling/signaling_error.ts";
import type { ServerEndpoint } from "../transport/connect.ts";
import { wait, type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { CloseCode } from "../transport/webtransport_session.ts";
import { BackOff } from "./back_off.ts";
import { isFinalClose } from "./failure.ts";
import type { MeetingLog } from "./meeting_log.ts";

/** How long a request may wait for a controller and its answer, milliseconds. */
export const ANSWER_LIMIT_MS = 10_000;
/** How long a meeting may take to move before the application is told, milliseconds. */
export const MOVE_GRACE_MS = 5_000;
/** A session that lasted this long was not part of a series of losses, milliseconds. */
export const STABLE_SIGNALING_MS = 10_000;
/** Most requests that wait for a controller at the same time. */
export const MAX_WAITING_REQUESTS = 256;

/** What a link needs. */
export interface ControllerLinkOptions {
  /**
   * Resumes the session at another connection, or at another controller, which becomes the link's
   * by {@link ControllerLink.use}. Undefined when the session cannot be resumed.
   *
   * @param movedTo where the meeting moved on purpose, if it did.
   */
  readonly resume: () => ((movedTo: ServerEndpoint | undefined) => Promise<void>) | undefined;
  /** Whether the controller is away, when that changes. */
  readonly onAway: (away: boolean) => void;
  readonly random?: (() => number) | undefined;
  readonly now: () => number;
  readonly scheduler: Scheduler;
  readonly log: MeetingLog;
}

/** How a request is made. */
export interface LinkRequestOptions<Answer> extends Pick<RequestOptions<Answer>, "onAnswer"> {
  /** Whether it is sent again when the session was lost before the answer; true unless said. */
  readonly resend?: boolean;
}

/**
 * A participant's way to whichever controller has its meeting: survives the loss of signaling
 * sessions, of controllers, and their moves.
 */
export class ControllerLink implements Disposable {
  readonly #options: ControllerLinkOptions;
  readonly #closed = new AbortController();
  readonly #wait: WaitOptions;
  readonly #lost = Promise.withResolvers<unknown>();
  readonly #backOff: BackOff;
  #signaling: SignalingClient | undefined;
  /** Resolves when there is a session again. */
  #available = Promise.withResolvers<void>();
  #waiting = 0;
  #resuming = false;
  #ended = false;
  #away = false;
  /** A move may take so long before the application is told. */
  #graceEndsAtMs = 0;
  #usedSinceMs = 0;

  constructor(options: ControllerLinkOptions) {
    this.#options = options;
    this.#wait = { signal: this.#closed.signal, scheduler: options.scheduler };
    this.#backOff = new BackOff(options.random);
  }

  /** Resolves with the reason when the session is gone for good. Never rejects. */
  get lost(): Promise<unknown> {
    return this.#lost.promise;
  }

  /** How long the session has lasted, milliseconds; 0 without one. */
  get connectedForMs(): number {
    return this.#signaling === undefined ? 0 : this.#options.now() - this.#usedSinceMs;
  }

  /** True for the session that speaks for the meeting now; others are not listened to. */
  isCurrent(signaling: SignalingClient): boolean {
    return this.#signaling === signaling;
  }

  /** Goes on in this session; the one before it, if there is one, ends. */
  use(signaling: SignalingClient): void {
    if (this.#closed.signal.aborted) return signaling.close();
    const previous = this.#signaling;
    this.#signaling = signaling;
    this.#usedSinceMs = this.#options.now();
    signaling.lost.then((error) => this.#onLost(signaling, error));
    previous?.close();
    this.#available.resolve();
    this.#tellAway();
  }

  /** Resolves when there is a session; undefined when there is. Rejects when `signal` aborts. */
  connecting(signal: AbortSignal): Promise<unknown> | undefined {
    return this.#signaling === undefined ? this.#connected(signal) : undefined;
  }

  /** The meeting goes on at another controller: the session there takes over from this one. */
  moveTo(endpoint: ServerEndpoint): void {
    if (!this.#resuming) this.#resume(endpoint, undefined);
  }

  /**
   * Asks the controller, for up to {@link ANSWER_LIMIT_MS}: waits while it is away, and asks again
   * when it cannot make sure of anything at the moment, or was lost before it answered.
   *
   * @throws {SignalingError} when it refuses.
   * @throws {SignalingLostError} when the session is gone for good, or, unless `resend`, was lost.
   * @throws {DeadlineError} when there is no answer in time.
   */
  async request<C extends RequestCase>(
    requestCase: C,
    value: Requests[C],
    options: LinkRequestOptions<Answers[C]> = {},
  ): Promise<Answers[C]> {
    const given = new AbortController();
    const signal = AbortSignal.any([this.#closed.signal, given.signal]);
    try {
      const answer = this.#ask(requestCase, value, options, signal);
      return await withDeadline(answer, ANSWER_LIMIT_MS, this.#wait);
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
      throw new SignalingLostError("closed", "the session has ended");
    } finally {
      given.abort();
    }
  }

  /** Ends the session here; what waits is given up. */
  [Symbol.dispose](): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#signaling?.close();
    this.#signaling = undefined;
  }

  async #ask<C extends RequestCase>(
    requestCase: C,
    value: Requests[C],
    { resend = true, onAnswer }: LinkRequestOptions<Answers[C]>,
    signal: AbortSignal,
  ): Promise<Answers[C]> {
    const backOff = new BackOff(this.#options.random);
    while (true) {
      const signaling = this.#signaling ?? await this.#next(signal);
      try {
        return await signaling.request(requestCase, value, {
          signal,
          ...(onAnswer && { onAnswer }),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof SignalingError && error.code === ErrorCode.UNAVAILABLE) {
          await wait(backOff.next(), { signal, scheduler: this.#options.scheduler });
        } else if (!(error instanceof SignalingLostError) || !resend) throw error;
        // Whoever hears of the loss first: the request, or the link.
        else this.#onLost(signaling, error);
      }
    }
  }

  /** The session that comes after the one that was lost. */
  async #next(signal: AbortSignal): Promise<SignalingClient> {
    if (this.#waiting >= MAX_WAITING_REQUESTS) {
      throw new SignalingError({
        code: ErrorCode.RATE_LIMITED,
        message: `${MAX_WAITING_REQUESTS} requests wait for the controller`,
        details: {},
      });
    }
    this.#waiting++;
    try {
      return await this.#connected(signal);
    } finally {
      this.#waiting--;
    }
  }

  async #connected(signal: AbortSignal): Promise<SignalingClient> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      while (this.#signaling === undefined) {
        await Promise.race([this.#available.promise, promise]);
      }
      return this.#signaling;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #onLost(signaling: SignalingClient, error: SignalingLostError): void {
    if (this.#signaling !== signaling || this.#closed.signal.aborted) return;
    // What one's own resume ended was not superseded by anybody else.
    const final = isFinalClose(error.closeCode) &&
      !(this.#resuming && error.closeCode === CloseCode.superseded);
    if (final) return this.#end(error);
    this.#signaling = undefined;
    this.#available = Promise.withResolvers();
    if (this.#resuming) this.#tellAway();
    else this.#resume(undefined, error);
  }

  #resume(movedTo: ServerEndpoint | undefined, loss: SignalingLostError | undefined): void {
    const resume = this.#options.resume();
    if (resume === undefined) {
      if (loss !== undefined) this.#end(loss);
      return;
    }
    const { log, now, scheduler } = this.#options;
    log.info("session is resumed", { movedTo: movedTo?.url, error: loss });
    this.#resuming = true;
    const graceMs = movedTo === undefined ? 0 : MOVE_GRACE_MS;
    this.#graceEndsAtMs = now() + graceMs;
    const grace = scheduler.after(graceMs, () => this.#tellAway());
    this.#tellAway();
    this.#afterSeries(movedTo !== undefined)
      .then(() => resume(movedTo))
      .catch((error) => this.#end(error))
      .finally(() => {
        grace[Symbol.dispose]();
        this.#resuming = false;
        const lostAgain = this.#signaling === undefined && !this.#closed.signal.aborted;
        if (lostAgain && !this.#ended) this.#resume(undefined, undefined);
      });
  }

  /** Sessions that are lost again and again are resumed at growing intervals. */
  async #afterSeries(movesOnPurpose: boolean): Promise<void> {
    const stable = this.#options.now() - this.#usedSinceMs >= STABLE_SIGNALING_MS;
    if (stable) this.#backOff.reset();
    else if (!movesOnPurpose) await wait(this.#backOff.next(), this.#wait);
  }

  #tellAway(): void {
    const away = this.#signaling === undefined && this.#options.now() >= this.#graceEndsAtMs;
    if (away === this.#away || this.#closed.signal.aborted) return;
    this.#away = away;
    this.#options.onAway(away);
  }

  #end(error: unknown): void {
    this.#ended = true;
    this.#lost.resolve(error);
  }
}
